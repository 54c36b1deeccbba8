"""``python -m onboarding`` is ``onboard``."""

from onboarding.cli.app import main

main()
