"""What people do with the page in a real browser: filter, sort, copy and save the work list, and look somebody up."""

import csv
from pathlib import Path

import pytest
from browser import browser, lines_of, open_at, texts, typical_lines, visible_texts, write_page
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from selenium_axe_python import Axe

from onboarding.model.sent import Moment
from onboarding.reports.page.worklist import NO_BREAK

NAMES = ["=cmd|' /C calc'!A0", "Bo Weiß", "Çy Łomża", "Dee Moreau", "Eve;=1+1", "Ana", "Gil"]
IDS = ["7", "10", "9", "0100", "-2", "7", "88"]
PROGRESS = (Moment(), Moment(9, 100, 2), Moment(20, 150, 4, 1), Moment(31, 400, 9, 1))


@pytest.fixture(scope="module")
def window():
    """Return the window of a browser."""
    with browser() as opened:
        yield opened


@pytest.fixture
def page(tmp_path):
    """Return the path of a page with nearly every disposition."""
    return write_page(tmp_path, *typical_lines(name=NAMES, employee_id=IDS), progress=PROGRESS)


def click(window, selector):
    window.execute_script("arguments[0].click()", window.find_element(By.CSS_SELECTOR, selector))


def chip(window, label) -> None:
    """Press the chip with this label."""
    (found,) = [each for each in window.find_elements(By.CSS_SELECTOR, ".chip") if each.text.startswith(label)]
    found.click()


def shown(window, key) -> list[str]:
    """Return the texts of a column in the visible rows of the work list."""
    return visible_texts(window, f"#worklist tbody tr:not(.group) [data-key={key}]")


def saved(window, folder: Path, button) -> list[list[str]]:
    """Press a button that saves a file, and return the rows of the file."""
    window.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    click(window, button)
    WebDriverWait(window, 20).until(lambda _: list(folder.glob("*.csv")))
    (path,) = folder.glob("*.csv")
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_chips_narrow_the_work_list_and_count_the_rows(window, page):
    open_at(window, page)

    chip(window, "No address")
    chip(window, "late.csv")

    assert shown(window, "name") == ["Ida"]
    assert texts(window, "#status") == ["1 of 7 rows fit"]
    assert "staff.csv1" in texts(window, ".chip")
    chip(window, "No address")
    assert sorted(shown(window, "name")) == ["Hal", "Ida"]


def test_header_sorts_the_work_list_and_gives_the_groups_back(window, page):
    open_at(window, page)
    groups = shown(window, "id")
    found = []

    for _ in range(3):
        click(window, "#worklist thead [data-key=id] button")
        found.append([cell for cell in shown(window, "id") if cell])

    assert found == [
        ["-2", "9", "10", "88", "0100"],
        ["0100", "88", "10", "9", "-2"],
        [cell for cell in groups if cell],
    ]


def test_saved_rows_are_those_shown_and_no_formula_lives_in_them(window, page, tmp_path):
    open_at(window, page)
    chip(window, "staff.csv")

    heads, *rows = saved(window, tmp_path / "saved", "#save-work")

    assert sorted(row[heads.index("Name")] for row in rows) == ["Bo Weiß", "Dee Moreau", "Eve;'=1+1", "Gil", "Çy Łomża"]
    assert "'-2" in [row[heads.index("Employee ID")] for row in rows]


def test_copied_rows_can_be_pasted(window, page):
    open_at(window, page)
    chip(window, "late.csv")
    window.find_element(By.ID, "copy-work").click()
    WebDriverWait(window, 20).until(lambda _: texts(window, "#copy-work") == ["Done"])

    field = window.find_element(By.ID, "asked")
    field.send_keys(Keys.CONTROL, "v")

    assert "Ida" in field.get_property("value")


def test_copied_command_can_be_typed_as_it_is(window, tmp_path):
    command = "cd '/a  b' && onboard run x.csv --sandbox"
    open_at(window, write_page(tmp_path, *typical_lines(), next_command=command))
    window.find_element(By.CSS_SELECTOR, ".command button").click()
    WebDriverWait(window, 20).until(lambda _: texts(window, ".command button") == ["Done"])

    field = window.find_element(By.ID, "query")
    field.send_keys(Keys.CONTROL, "v")

    assert field.get_property("value") == command
    assert texts(window, ".command code") == [command]


@pytest.mark.parametrize("asked", ["ÇY lomza", "cy@example.org", "0100 dee"])
def test_anybody_is_found_by_name_address_or_id(window, page, asked):
    open_at(window, page)

    window.find_element(By.ID, "asked").send_keys(asked)

    assert texts(window, "#found tbody th") == ["Dee Moreau0100" if "dee" in asked else "Çy Łomża9"]


def test_person_who_is_found_has_a_reason_and_a_place(window, page):
    open_at(window, page)

    window.find_element(By.ID, "asked").send_keys("moreau")

    assert texts(window, "#found tbody td") == [
        *("", "Rejected", "The row has no address; enter one."),
        f"staff.csv, row{NO_BREAK}5",
    ]


def test_bar_and_chips_show_the_rows_of_a_disposition(window, page, tmp_path):
    open_at(window, page)

    window.find_element(By.CSS_SELECTOR, "#fates-bar .d-invited").click()

    assert texts(window, "#found tbody th") == ["=cmd|' /C calc'!A07"]
    heads, row = saved(window, tmp_path / "saved", "#save-found")
    assert row[heads.index("Name")].startswith("'=cmd")
    assert row[heads.index("What became of it")] == "Invited"


def test_nobody_is_found_in_plain_words(window, page):
    open_at(window, page)

    window.find_element(By.ID, "asked").send_keys("zebedee")

    assert texts(window, "#found-status") == ["No row has this among 9. Try a part of the name, or the employee ID."]


@pytest.mark.parametrize(("width", "first"), [(1280, 25), (390, 10)])
def test_long_work_list_is_shown_in_parts_and_printed_whole(window, tmp_path, width, first):
    open_at(window, write_page(tmp_path, lines_of([""] * 60, name=[f"n{at}" for at in range(60)])), width=width)

    before = len(shown(window, "name"))
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    printed = len(shown(window, "name"))
    header = visible_texts(window, "#worklist thead button")
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    window.find_element(By.ID, "more-work").click()

    assert (before, printed, len(shown(window, "name"))) == (first, 60, 60)
    assert header == []  # a browser does not repeat a header with buttons on each sheet


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("light", 390), pytest.param("dark", 1280, marks=pytest.mark.soak)]
)
def test_page_has_no_barriers(window, page, scheme, width):
    """The rules of axe-core find what keeps a keyboard or a screen reader out."""
    open_at(window, page, scheme=scheme, width=width)
    window.find_element(By.ID, "asked").send_keys("a")
    axe = Axe(window)
    axe.inject()

    violations = axe.run()["violations"]

    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in violations] == []
