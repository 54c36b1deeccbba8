"""``python -m onboarding`` is ``onboard``."""

from onboarding.cli import main

main()
