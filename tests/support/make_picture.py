"""Make the pictures in the README from the sample exports: ``python tests/support/make_picture.py``."""

import base64
from pathlib import Path
from tempfile import TemporaryDirectory

from browser import browser, open_at
from page_scenarios import page_of
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

PICTURES = Path(__file__).parents[2] / ".docs"
WIDTH = 1200
ASKED = "moreau"

PLAIN_COMMANDS = r"""
for (const code of document.querySelectorAll(".command code")) {
  const command = code.textContent.replace(/^cd .*? && /, "").replace(/^.*?onboarding /, "onboard ");
  code.replaceChildren(...command.split(" ").flatMap((word) => {
    const part = document.createElement("span");
    part.textContent = word;
    return [part, " "];
  }));
}
"""
"""Takes the folders of this machine out of the commands."""


def main() -> None:
    """Rehearse on the sample exports and take the pictures of the page: its opening, and the look-up of people."""
    with TemporaryDirectory() as folder, browser() as window:
        open_at(window, page_of("good-run", Path(folder)), width=WIDTH)
        window.execute_script(PLAIN_COMMANDS)
        take(window, "report.png", top=0, height=1000)
        window.find_element(By.ID, "asked").send_keys(ASKED)
        top = window.execute_script("return document.getElementById('rows').getBoundingClientRect().top + scrollY")
        take(window, "look-up.png", top=top - 30, height=760)


def take(window: Chrome, name: str, *, top: float, height: int) -> None:
    """Take the picture of a part of the page."""
    clip = {"x": 0, "y": top, "width": WIDTH, "height": height, "scale": 1}
    taken = window.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    (PICTURES / name).write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
