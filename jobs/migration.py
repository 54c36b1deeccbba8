"""Move many people once, as ``onboard migrate CONFIG`` does."""

import sys

from onboarding.cli.app import main

if __name__ == "__main__":
    main("migrate", *sys.argv[1:])
