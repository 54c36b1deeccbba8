"""Run the command ``onboard`` when Python is started with ``python -m onboarding``."""

from onboarding.cli.app import main

main()
