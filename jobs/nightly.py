"""Invite the new people in tonight's exports, as ``onboard nightly CONFIG`` does."""

import sys

from onboarding.cli.app import main

if __name__ == "__main__":
    main("nightly", *sys.argv[1:])
