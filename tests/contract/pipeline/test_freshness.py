"""Each export may have a highest age of its own."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from onboarding.exports import open_exports
from onboarding.model.errors import InputRefused
from onboarding.pipeline.freshness import refuse_old_exports
from onboarding.settings.loading import load_settings

AGE = timedelta(hours=30)


@pytest.mark.parametrize(
    ("limits", "is_too_old"),
    [
        ("", False),
        ('max_export_age = "1h"', True),
        ('max_export_age = "30h1m"', False),
        ('max_export_age = ["1h", "staff*=3d"]', False),
        ('[max_export_age]\n"staff.csv" = "3d"', False),
        ('[max_export_age]\n"staff.csv" = "1h"\n"*" = "3d"', True),
        ('[max_export_age]\n"contractors*" = "1h"', False),
        ('[max_export_age]\n"contractors*" = "8d"\n"*" = "1h"', True),
    ],
)
def test_export_is_too_old_for_the_first_age_that_is_for_it(tmp_path, limits, is_too_old):
    """An age for certain files comes before the age for all files."""
    config = tmp_path / "nightly.toml"
    config.write_text(limits)
    (tmp_path / "staff.csv").write_text("Name,Email\nAna,ana@example.com\n")
    exports = open_exports([str(tmp_path / "staff.csv")])
    ages = load_settings({}, config=config).max_export_age

    with pytest.raises(InputRefused, match="30 h 00 min ago") if is_too_old else nullcontext():
        refuse_old_exports(exports, ages, datetime.now(UTC) + AGE)
