"""What holds for all tests?"""

from hypothesis import settings

# A test fails for a wrong answer, never for a slow machine.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
