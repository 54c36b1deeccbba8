"""The page in a real browser: what it shows, finds and refuses to load."""

import csv
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser import browser, open_at, texts, typical_lines, visible_texts, write_page
from selenium.webdriver.common.by import By

from onboarding.model.sent import Moment
from onboarding.reports.page.worklist import NO_BREAK

PROGRESS = (Moment(), Moment(9, 100, 2), Moment(20, 150, 4, 1), Moment(31, 400, 9, 1))

READABLE = 4.5
"""The least contrast of text that all people can read (WCAG 2.2, 1.4.3)."""

CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const luminance = (colour) => {
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const colour = getComputedStyle(element).backgroundColor;
  return colour !== "rgba(0, 0, 0, 0)" || !element.parentElement ? colour : behind(element.parentElement);
};
const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
return [...document.querySelectorAll("body *:not(script)")].filter(own).map((element) => {
  const style = getComputedStyle(element);
  const pair = [luminance(element.closest("svg") ? style.fill : style.color), luminance(behind(element))];
  return [element.tagName, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)];
});
"""


class Listener(ThreadingHTTPServer):
    """A server on this machine that only records the requests."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Remember)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Remember(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def window():
    """Return the window of a browser."""
    with browser() as opened:
        yield opened


@pytest.fixture
def listener():
    """Return a server that listens while a test runs."""
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def shown_rows(window) -> list[str]:
    """Return the names in the visible rows for a person."""
    return visible_texts(window, "#worklist tbody tr:not(.group) [data-key=name]")


def search(window, words):
    field = window.find_element(By.ID, "query")
    field.clear()
    field.send_keys(words)


def test_page_is_shown_without_a_complaint(window, tmp_path):
    """A policy that stops the page's own style or script would be logged here."""
    open_at(window, write_page(tmp_path, *typical_lines(), progress=PROGRESS))

    assert window.get_log("browser") == []
    assert texts(window, "h1") == ["Not finished: 1 person invited, 1 left, 1 not known."]
    style = "return getComputedStyle(document.querySelector('.d-invited')).fill"
    assert window.execute_script(style) == "rgb(31, 95, 168)"


def test_numbers_are_those_of_the_csv(window, tmp_path):
    open_at(window, write_page(tmp_path, *typical_lines()))

    with (tmp_path / "reconciliation.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    dispositions = dict(zip(texts(window, ".fates code"), texts(window, ".fates [data-label=Rows]"), strict=True))
    exports = dict(
        zip(texts(window, "#export-table bdi"), texts(window, "#export-table [data-label=Rows]"), strict=True)
    )
    domains = dict(
        zip(texts(window, "#domain-table bdi"), texts(window, "#domain-table [data-label=Rows]"), strict=True)
    )
    assert {name: int(number) for name, number in dispositions.items()} == Counter(
        line["disposition"] for line in lines
    )
    assert {name: int(number) for name, number in exports.items()} == Counter(line["source"] for line in lines)
    assert {name: int(number) for name, number in domains.items()} == Counter(
        line["email"].rpartition("@")[2] for line in lines if line["email"]
    )


def test_rows_for_a_person_are_those_of_the_csv(window, tmp_path):
    open_at(window, write_page(tmp_path, *typical_lines()))

    with (tmp_path / "reconciliation.csv").open(newline="", encoding="utf-8") as file:
        expected = Counter(
            (line["disposition"], f"{line['source']}, row{NO_BREAK}{line['row']}", line["name"], line["email_as_given"])
            for line in csv.DictReader(file)
            if line["disposition"] in ("rejected", "held", "failed", "in_doubt", "deferred")
        )
    found: Counter[tuple[str, ...]] = Counter()
    for group in window.find_elements(By.CSS_SELECTOR, "[data-group]"):
        for row in group.find_elements(By.CSS_SELECTOR, "tr:not(.group)"):
            cells = [cell.get_property("textContent") for cell in row.find_elements(By.CSS_SELECTOR, "th, td")]
            found[group.get_dom_attribute("data-group"), *cells[:3]] += 1
    assert found == expected


def test_search_narrows_the_tables_and_says_how_many_are_shown(window, tmp_path):
    """Case and accents do not matter, and a row must hold all words somewhere."""
    open_at(window, write_page(tmp_path, *typical_lines()))
    all_rows = shown_rows(window)
    found = {}

    for words in ("moreau", "CY", "staff.csv address", "nobody at all"):
        search(window, words)
        found[words] = shown_rows(window), texts(window, "#status")[0]

    assert len(all_rows) == 7
    assert found == {
        "moreau": (["Dee Moreau"], "1 of 7 rows fit"),
        "CY": (["Çy Łomża"], "1 of 7 rows fit"),
        "staff.csv address": (["Bo Weiß", "Gil", "Dee Moreau", "Eve"], "4 of 7 rows fit"),
        "nobody at all": ([], "0 of 7 rows fit"),
    }


def test_search_that_is_cleared_shows_all_again(window, tmp_path):
    open_at(window, write_page(tmp_path, *typical_lines()))
    all_rows = shown_rows(window)

    search(window, "moreau")
    search(window, " ")

    assert shown_rows(window) == all_rows
    assert texts(window, "#status") == ["7 of 7 rows shown"]


def test_without_scripts_all_is_there_but_the_search(tmp_path):
    with browser(scripts=False) as window:
        window.get(write_page(tmp_path, *typical_lines(), progress=PROGRESS).as_uri())

        assert len(shown_rows(window)) == 7
        assert window.find_element(By.CSS_SELECTOR, ".plot").is_displayed()
        assert not window.find_element(By.ID, "work-tools").is_displayed()
        assert not window.find_element(By.ID, "look-up").is_displayed()


def test_nothing_leaves_the_page_whatever_an_export_holds(window, tmp_path, listener):
    """A name is text, in the page and for the search."""
    names = [
        f"<script>fetch('{listener.url}/script')</script>",
        f"<img src='{listener.url}/image' onerror=\"document.title='taken'\">",
        f'<a href="javascript:document.title=`taken`">{listener.url}/link</a>',
        f"</td></table><iframe src={listener.url}/frame></iframe>",
        f"<style>@import '{listener.url}/style';</style>",
        f"<link rel=stylesheet href={listener.url}/sheet>",
        f"<meta http-equiv=refresh content='0;url={listener.url}/refresh'>",
    ]
    path = write_page(tmp_path, *typical_lines(name=names), account_name=names[1], counts_by_source={names[0]: {}})

    open_at(window, path)
    search(window, "http")

    assert window.current_url == path.as_uri()
    assert window.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert "taken" not in window.title
    assert sorted(filter(None, shown_rows(window))) == sorted([*names[1:5], names[6]])
    assert texts(window, ".of bdi") == [names[1]]
    assert listener.asked == []
    assert window.get_log("browser") == []


def test_policy_stops_injected_scripts_and_styles(window, tmp_path, listener):
    """The policy is the net under the escaping, so it must hold by itself."""
    path = write_page(tmp_path, *typical_lines())
    path.write_text(
        path.read_text("utf-8").replace(
            "<footer>",
            f"<img src='{listener.url}/image'><script>document.title = 'taken'</script>"
            f"<iframe src='{listener.url}/frame'></iframe><footer onclick=\"document.title = 'taken'\">",
        ),
        "utf-8",
    )

    open_at(window, path)
    window.find_element(By.CSS_SELECTOR, "footer").click()

    assert "taken" not in window.title
    assert listener.asked == []
    assert len(window.get_log("browser")) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(window, tmp_path, scheme):
    open_at(window, write_page(tmp_path, *typical_lines(), progress=PROGRESS), scheme=scheme)

    contrasts = window.execute_script(CONTRAST)

    assert len(contrasts) > 100
    assert [found for found in contrasts if found[1] < READABLE] == []


def test_light_is_light_and_dark_is_dark(window, tmp_path):
    path = write_page(tmp_path, *typical_lines())
    grounds = []

    for scheme in ("light", "dark"):
        open_at(window, path, scheme=scheme)
        grounds.append(window.execute_script("return getComputedStyle(document.documentElement).backgroundColor"))

    assert grounds == ["rgb(251, 250, 248)", "rgb(20, 23, 27)"]


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_nothing_sticks_out_on_a_narrow_screen(window, tmp_path, width):
    """The test has very long names."""
    names = ["x" * 300, "محمد عبد الله " * 9, "Bartholomew-Maximilian " * 12, "d" * 300, "e", "f", "g" * 300]
    path = write_page(tmp_path, *typical_lines(name=names), account_name="y" * 200, progress=PROGRESS)

    open_at(window, path, width=width)

    there_is, there_is_room = window.execute_script(
        "const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]"
    )
    assert there_is == there_is_room <= width
