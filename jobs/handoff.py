"""Hand the results of runs to HR, as ``onboard handoff CONFIG [RUN_ID…]`` does."""

import sys

from onboarding.cli.app import main

if __name__ == "__main__":
    main("handoff", *sys.argv[1:])
