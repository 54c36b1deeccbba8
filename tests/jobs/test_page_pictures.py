"""The pages of real runs in a real browser, on a screen, on a phone and on paper.

``pytest -m soak tests/jobs/test_page_pictures.py --pictures FOLDER`` keeps the pictures, so that people can look.
"""

import base64
import re

import pytest
from browser import browser, open_at
from page_scenarios import MANY, SCENARIOS, page_of
from selenium.webdriver.common.by import By
from selenium_axe_python import Axe
from workspace import TIMEOUT_SECONDS

MOST_BYTES = {"many-rows": 3_000_000}
USUAL_BYTES = 400_000
MOST_SHEETS = {"many-rows": 50}
USUAL_SHEETS = 14
"""The most sheets of paper that a page of 700 rows may take."""

MOST_MILLISECONDS = 100
"""The longest that an answer to a search may take."""

SIZE = """
const { scrollWidth, clientWidth } = document.documentElement;
return [scrollWidth, clientWidth, document.body.scrollHeight];
"""

TIMED_SEARCH = """
const field = document.getElementById("asked");
return ["an", "ana", "ana moreau", "okafor", "119999", "zzz", "example.com"].map((query) => {
  field.value = query;
  const begun = performance.now();
  field.dispatchEvent(new Event("input"));
  document.body.offsetHeight;
  return performance.now() - begun;
});
"""

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def window():
    """Return the window of a browser."""
    with browser() as opened:
        opened.set_script_timeout(TIMEOUT_SECONDS)
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the page of each scenario by its name, made once."""
    made = {}

    def page(name):
        if name not in made:
            made[name] = page_of(name, tmp_path_factory.mktemp(name))
        return made[name]

    return page


@pytest.fixture
def pictures(request, tmp_path):
    """Return the folder for the pictures."""
    folder = request.config.getoption("--pictures") or tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def picture(window, path, *, width, height=900) -> None:
    height = min(height, 8_000)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    found = window.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    path.write_bytes(base64.b64decode(found["data"]))


def barriers(window) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds that keeps a keyboard or a screen reader out."""
    axe = Axe(window)
    axe.inject()
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in axe.run()["violations"]]


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_page_fits_its_screen_and_has_no_barriers(window, pages, pictures, name, width, scheme):
    open_at(window, pages(name), scheme=scheme, width=width)
    wide, room, height = window.execute_script(SIZE)
    picture(window, pictures / f"{name}-{width}-{scheme}.png", width=width, height=height)

    assert wide <= room
    assert window.get_log("browser") == []
    if name != "many-rows" or (width, scheme) == (1280, "light"):  # the rows are alike, and take the rules a while
        assert barriers(window) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_page_can_be_printed(window, pages, pictures, name):
    open_at(window, pages(name))

    printed = window.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})

    document = base64.b64decode(printed["data"])
    (pictures / f"{name}.pdf").write_bytes(document)
    sheets = len(re.findall(rb"/Type /Page\b", document))
    assert 1 <= sheets <= MOST_SHEETS.get(name, USUAL_SHEETS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_page_stays_small(pages, name):
    assert pages(name).stat().st_size < MOST_BYTES.get(name, USUAL_BYTES)


def test_anybody_among_many_rows_is_found_at_once(window, pages):
    open_at(window, pages("many-rows"))
    window.execute_script(TIMED_SEARCH)

    took = [min(times) for times in zip(*(window.execute_script(TIMED_SEARCH) for _ in range(3)), strict=True)]

    assert max(took) < MOST_MILLISECONDS
    assert window.find_element(By.ID, "found-status").text.endswith(f"of {MANY:,} rows found, 25 shown")
