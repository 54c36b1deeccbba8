"""The two sizes of the tests: a quick one by default, and the long one of ``pytest -m soak``.

By default Hypothesis tries few examples, a sweep over all points of a run takes a sample of them, and long tests of
mere repetition are left out. ``pytest -m soak`` runs only these three kinds, at full length.
"""

from math import ceil

import pytest
from hypothesis import is_hypothesis_test, settings

QUICK_EXAMPLES = 10
SOAK_EXAMPLES = 45


def choose_size(config: pytest.Config) -> None:
    """Load the profile of Hypothesis that fits the marker expression of this session."""
    # A test fails for a wrong answer, never for a slow machine.
    # The quick tests say the same each time. A soak looks further, each time elsewhere.
    settings.register_profile("quick", deadline=None, max_examples=QUICK_EXAMPLES, derandomize=True)
    settings.register_profile("soak", deadline=None, max_examples=SOAK_EXAMPLES)
    settings.load_profile("soak" if is_soak(config) else "quick")


def is_soak(config: pytest.Config) -> bool:
    """Say whether this session runs at full length."""
    return config.option.markexpr == "soak"


def examples(share: float) -> settings:
    """Return the settings of a test that needs more or fewer examples: this share of the profile's number."""
    return settings(max_examples=ceil(settings.default.max_examples * share))


def select_scaled(items: list[pytest.Item]) -> None:
    """Add to the soak the tests that also run by default and take longer in a soak."""
    for item in items:
        if isinstance(item, pytest.Function) and ("soak" in item.fixturenames or is_hypothesis_test(item.obj)):
            item.add_marker("soak")
