"""Make the picture in the README from the sample exports: ``python tests/support/make_picture.py``."""

from pathlib import Path
from tempfile import TemporaryDirectory

from browser import browser

from onboarding.pipeline import run as pipeline
from onboarding.runtime import logs
from onboarding.settings.loading import load_settings

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / ".docs" / "report.png"
SIZE = (1200, 900)


def main() -> None:
    """Rehearse on the sample exports and take the picture of the page."""
    with TemporaryDirectory() as folder:
        flags = {"exports": [str(ROOT / "sample_data")], "sandbox": True, "fresh": True, "out": folder}
        logs.configure(level="error", log_format="auto")
        summary = pipeline.run(load_settings(flags))
        with browser() as window:
            window.set_window_size(*SIZE)
            window.get(f"{Path(summary.folder).as_uri()}/report.html")
            PICTURE.parent.mkdir(exist_ok=True)
            window.save_screenshot(str(PICTURE))


if __name__ == "__main__":
    main()
