"""The page: what it shows of a run, and that an export cannot write into it."""

import re
import stat
from base64 import b64encode
from collections import Counter
from contextlib import suppress
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

import pytest
from browser import lines_of, write_page
from hypothesis import given
from hypothesis import strategies as st
from summaries import NOW

from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.news import NEW_COLUMN, News
from onboarding.model.outcomes import InviteState
from onboarding.model.rows import joined_rows_detail
from onboarding.model.sent import Moment, Wave
from onboarding.model.story import ComparedRun, SentWave, TrendPoint
from onboarding.model.unchanged import UnchangedExport
from onboarding.preparing.guards import GuardVerdict, HitGuard
from onboarding.reports.folder import LocalFolder
from onboarding.reports.page.charts import PLOT_HEIGHT, bar, progress_chart
from onboarding.reports.page.figures import LONGEST_SHOWN, MOST_COUNTED_DOMAINS, MOST_LISTED_ROWS, PageFigures
from onboarding.reports.page.lookup import MOST_COLLECTED
from onboarding.reports.page.page import open_page
from onboarding.reports.page.view import DOMAINS_SHOWN, MOST_LISTED_SOURCES, SOURCES_OPEN
from onboarding.reports.words import ORDER
from onboarding.sandbox import SandboxCounts

VOID = {"meta", "link", "input", "wbr", "br"}
ODD_CELLS = [
    "<script>alert(1)</script>",
    "<img src=http://images.example/x onerror=alert(1)>",
    '"><a href="javascript:alert(1)">',
    "</style></script><!-- {{ 7 * 7 }}",
    "محمد عبد الله",
    "x" * 300,
]

numbers = st.dictionaries(st.sampled_from(list(Disposition)), st.integers(1, 10**7), min_size=1)


class Elements(HTMLParser):
    """The elements of a page and the text in them, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: Counter[tuple[str, str]] = Counter()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and data.strip():
            self.texts[self.open[-1], data.strip()] += 1

    def named(self, tag) -> list[dict[str, str]]:
        return [attributes for found, attributes in self.found if found == tag]


@pytest.fixture
def page_of(tmp_path):
    """Return the page of these lines as text."""

    def written(*frames, **other) -> str:
        return write_page(tmp_path, *frames, **other).read_text("utf-8")

    return written


def text_of(page) -> str:
    """Return what a reader sees, in one line."""
    return " ".join(re.sub(r"<style>.*?</style>|<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def headline_of(page) -> str:
    return re.search("<h1>(.*)</h1>", page)[1]


def some_lines(**how):
    """Return lines of two invited people, one deferred person, and two rows without a usable address."""
    sent = {0: InviteState.INVITED, 1: InviteState.INVITED}
    return lines_of(["ana@example.com", "bo@example.com", "cy@example.org", "", "nobody"], sent=sent, **how)


def test_page_opens_with_the_verdict_and_what_to_do_next(page_of):
    page = page_of(
        lines_of(["ana@example.com", ""], sent={0: InviteState.INVITED}),
        next_command="onboard run staff.csv",
        hr_command="onboard report r1 --handoff",
    )

    opening = text_of(page[: page.index("<nav")])
    assert headline_of(page) == "1 person invited, 1 row needs a person."
    assert "Next, for the operator Look at 1 row. onboard run staff.csv" in opening
    assert "onboard run staff.csv Make a workbook of these rows for HR: onboard report r1 --handoff" in opening
    assert opening.endswith("ask the operator for the workbook of these rows, answer each row there, and give it back.")


def test_page_says_in_words_what_hr_does_with_the_workbook(page_of):
    """People in HR type no command."""
    page = page_of(lines_of([""]), hr_command="onboard run x/handoff.xlsx", hr_file="reports/r1/handoff.xlsx")

    for_hr = text_of(page[page.index('aria-labelledby="for-hr"') : page.index("<nav")])
    assert "Open handoff.xlsx: its first sheet says what to do. Save the file" in for_hr
    assert "onboard run" not in for_hr


def test_page_says_each_other_reason_to_look(page_of):
    """A dead feed, a missing export, and guards that somebody has overridden."""
    hits = (HitGuard("new_people", "30 of 60 people would be invited"),)
    guards = GuardVerdict(30, "r0", knows_domains=True, hits=hits, confirmed=True, missing=("hr/<oslo>.csv",))

    page = page_of(some_lines(), guards=guards, unchanged=[UnchangedExport("staff.csv", 9, "2026-03-01")])

    found = re.findall('<li dir="auto">(.*)</li>', page[: page.index('class="steps"')])
    assert any(words.startswith("staff.csv has had the same bytes for 9 nights") for words in found)
    assert "Read in the last good runs, and missing now: hr/&lt;oslo&gt;.csv." in found
    assert "Confirmed by --confirm 30: 30 of 60 people would be invited." in found


def test_plan_is_marked(page_of):
    page = page_of(lines_of(["ana@example.com", "bo@example.com"], command="plan"), command="plan")

    assert headline_of(page) == "2 people would be invited."
    assert "Plan: nothing was sent" in text_of(page)


def test_rehearsal_is_marked(page_of):
    rehearsal = SandboxCounts({}, users=2, mails=2, addresses_mailed=2, addresses_mailed_more_than_once=0)

    assert "Rehearsal: nobody was mailed" in page_of(some_lines(), rehearsal=rehearsal)
    assert "ehearsal" not in text_of(page_of(some_lines()))


def test_run_without_rows_has_a_page(page_of):
    page = page_of(counts_by_source={"staff.csv": {}}, exit_code=ExitCode.INPUT_REFUSED, message="Nothing to do.")

    assert headline_of(page) == "The input was refused: nothing was sent."
    assert "Nothing to do." in text_of(page)
    assert "staff.csv" in page


def test_figures_add_up_to_the_rows_read(page_of):
    figures = re.findall(r'class="k-\w+[^"]*"><dt>([^<]+)</dt><dd><b>([\d,]+)</b>', page_of(some_lines()))

    assert dict(figures) == {
        "Invited": "2",
        "Already there": "0",
        "Left out": "0",
        "Not sent yet": "1",
        "Need a person": "2",
    }


def test_rows_for_a_person_say_where_they_are_and_why(page_of):
    text = text_of(page_of(some_lines(name=["Ana", "Bo", "Cy", "Dee", "Eve"])))

    assert "staff.csv, row 5 Dee The row has no address; enter one." in text
    assert "staff.csv, row 6 Eve nobody An email address must have an @-sign." in text
    assert "Ana" not in text


def test_row_without_a_detail_has_its_reason_in_words(page_of):
    lines = lines_of(["ana@example.com"])
    lines["disposition"], lines["reason"], lines["detail"] = (
        text_array(["held"]),
        text_array(["look_alike"]),
        text_array([""]),
    )

    assert "ana@example.com Looks like another address." in text_of(page_of(lines)).replace(" @", "@")


@pytest.mark.parametrize(("reason", "is_named"), [("look_alike", True), ("hidden_row", False)])
def test_page_suggests_to_let_only_those_reasons_pass_that_can_pass(page_of, reason, is_named):
    lines = lines_of(["ana@example.com"])
    lines["disposition"], lines["reason"] = text_array(["held"]), text_array([reason])

    text = text_of(page_of(lines))

    assert (f"let them pass: --no-hold {reason}." in text) is is_named
    assert ("--no-hold" in text) is is_named


def test_page_of_a_stopped_run_never_says_to_run_it_again(page_of):
    text = text_of(page_of(some_lines(), exit_code=ExitCode.GUARD, message="Stopped, nothing sent: too many."))

    assert "Run again" not in text
    assert "confirm the number of people" in text


def test_page_shows_the_command_that_goes_on(page_of):
    page = page_of(some_lines(), next_command="cd '/a b' && onboard run x.csv")

    assert "<code>cd &#39;/a b&#39; &amp;&amp; onboard run x.csv</code>" in page


@pytest.mark.parametrize("cell", ODD_CELLS)
def test_whatever_a_cell_holds_is_text(page_of, cell):
    """A person who can write into an export cannot write into the page."""
    plain, odd = (
        Elements(page_of(some_lines(name=["", "", given, "", ""], source=f"{given}/a.csv"), account_name=given))
        for given in ("plain", cell)
    )

    assert [tag for tag, _ in odd.found] == [tag for tag, _ in plain.found]
    assert odd.texts["td", cell] == 1
    assert odd.texts["bdi", cell] == 1
    assert not odd.open


def test_page_may_load_nothing_and_run_nothing_but_its_own(page_of):
    page = page_of(some_lines())
    policy, *others = [
        meta["content"]
        for meta in Elements(page).named("meta")
        if "http-equiv" in meta or meta.get("name") == "referrer"
    ]

    texts = [re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1] for tag in ("style", "script")]
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src {hashes[0]}",
        f"script-src {hashes[1]}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert others == ["no-referrer"]


def test_page_names_nothing_elsewhere(page_of):
    elements = Elements(page_of(some_lines()))

    links = [value for _, attributes in elements.found for name, value in attributes.items() if name in ("href", "src")]
    assert all(link.startswith("#") for link in links)
    assert {link[1:] for link in links} <= {attributes.get("id") for _, attributes in elements.found}
    assert not any({"style", "onclick", "onload"} & attributes.keys() for _, attributes in elements.found)


def test_tables_and_charts_can_be_read_without_seeing_them(page_of):
    elements = Elements(page_of(some_lines(), progress=(Moment(), Moment(9, 100, 2), Moment(20, 150, 4, 1))))

    assert elements.named("html") == [{"lang": "en"}]
    assert all(header.get("scope") for header in elements.named("th"))
    assert all(chart.get("aria-label") or "aria-hidden" in chart for chart in elements.named("svg")[:4])
    assert len(elements.named("table")) == len(elements.named("caption"))
    assert [label["for"] for label in elements.named("label")] == [field["id"] for field in elements.named("input")]


def test_page_lists_a_limited_number_of_rows_and_says_so(page_of):
    """The first rows leave room for rows of a disposition that has only a few."""
    many = lines_of([""] * (MOST_LISTED_ROWS + 500))
    few = lines_of(["ana@example.com"] * 1, start=MOST_LISTED_ROWS + 500)

    page = page_of(many, few)

    assert page.count('data-label="Why"') == MOST_LISTED_ROWS
    assert "ana<wbr>@example.com" in page
    assert "lists 1,000 of these 1,501 rows" in text_of(page)
    assert "the other 501 are in reconciliation.csv" in text_of(page)
    assert "501 more are in reconciliation.csv" in text_of(page)


def test_new_rows_are_marked_and_listed_first(page_of):
    """A hundred thousand rows that wait for weeks must not hide the row of tonight."""
    old = lines_of([""] * (MOST_LISTED_ROWS + 500))
    new = lines_of([""], start=MOST_LISTED_ROWS + 500, name=["Nia Okafor"]).assign(**{NEW_COLUMN: [True]})

    page = page_of(old, new, news=News({Disposition.REJECTED: 1}, {Disposition.REJECTED: MOST_LISTED_ROWS + 500}))

    assert headline_of(page).endswith("1,501 rows need a person, 1 of them new.")
    assert "Nothing is left to send. 1 row needs a person for the first time (1 rejected)." in text_of(page)
    assert page.count('<strong class="badge">New</strong>') == 1
    assert page.index("Nia Okafor") < page.index("row\N{NO-BREAK SPACE}2<")


def test_page_shows_the_beginning_of_a_very_long_cell(page_of):
    """A thousand rows with such cells made a page of 180 MB."""
    page = page_of(lines_of(["x" * 100_000, "short"], name=["é" * 100_000, "n" * LONGEST_SHOWN]))

    assert len(page) < len(page_of(lines_of(["x", "short"]))) + 5 * LONGEST_SHOWN
    assert "é" * LONGEST_SHOWN + "…" in page
    assert "n" * LONGEST_SHOWN + "<" in page


def test_page_of_long_cells_stays_below_three_megabytes(page_of):
    """A sign of a cell may take six bytes in HTML. The page lists fewer rows then, and says so."""
    page = page_of(lines_of(["<&\"'" * 200] * 3_000, name=["😀" * 500] * 3_000, employee_id=["'" * 500] * 3_000))

    listed = page.count('data-label="Why"')
    assert len(page.encode()) < 3_000_000
    assert f"The page lists {listed:,} of these 3,000 rows" in page


def test_page_counts_the_blank_rows_that_one_line_stands_for():
    lines = lines_of(["", "ana@example.com"])
    lines["disposition"], lines["reason"] = text_array(["ignored", "planned"]), text_array(["blank_row", ""])
    lines["detail"] = text_array([joined_rows_detail(20_000), ""])
    figures = PageFigures()

    figures.add(lines)

    assert figures.reasons == {(Disposition.IGNORED, "blank_row"): 20_000}


def test_few_rows_are_all_listed(page_of):
    assert "The page lists" not in page_of(some_lines())


def test_shares_among_kinds_are_fair():
    """Urgent rows are listed, however many rows were deferred."""
    figures = PageFigures()
    figures.add(lines_of([f"p{number}@example.com" for number in range(2 * MOST_LISTED_ROWS)]))
    figures.add(lines_of([""] * 600))

    shown = {disposition: len(rows) for disposition, rows in figures.rows().items() if rows}

    assert shown == {Disposition.REJECTED: 500, Disposition.DEFERRED: 500}


def test_domains_are_listed_the_largest_first(page_of):
    cells = [f"p{number}.{at}@d{at}.example.com" for at in range(DOMAINS_SHOWN + 3) for number in range(20 - at)]

    page = page_of(lines_of(cells), lines_of([""], start=len(cells)))

    table = page[page.index('id="domain-table"') : page.index('id="facts"')]
    assert re.findall(r'<bdi title="[^"]*">([^<]*)', table) == [f"d{at}.example.com" for at in range(DOMAINS_SHOWN)]
    assert "3 more domains have 21 rows. 1 row counts for no domain: no address, several, or one" in text_of(table)


def test_domain_counts_the_dispositions_of_its_rows():
    figures = PageFigures()
    for _ in range(2):
        figures.add(some_lines())

    assert figures.domains.largest(1) == {"example.com": {Disposition.INVITED: 4}}
    assert figures.domains.largest(2)["example.org"] == {Disposition.DEFERRED: 2}
    assert figures.domains.rows == 6


@pytest.mark.soak
def test_endless_domains_do_not_fill_the_memory(page_of):
    """The page still knows the largest domains, and does not claim to know how many others there are."""
    parts = [
        lines_of([f"a@d{part}-{number}.example.com" for number in range(1500)] + ["a@big.example.com"])
        for part in range(2 * MOST_COUNTED_DOMAINS // 1500 + 1)
    ]
    figures = PageFigures()

    for lines in parts:
        figures.add(lines)

    assert figures.domains.is_rough
    assert len(figures.domains) <= 2 * MOST_COUNTED_DOMAINS
    assert figures.domains.largest(1) == {"big.example.com": {Disposition.DEFERRED: len(parts)}}
    assert "At least" in text_of(page_of(*parts))


def test_few_domains_are_counted_exactly():
    figures = PageFigures()

    figures.add(some_lines())

    assert not figures.domains.is_rough


def test_reasons_are_counted_by_disposition():
    figures = PageFigures()
    for _ in range(2):
        figures.add(some_lines())

    assert figures.reasons == {
        (Disposition.REJECTED, Reason.MISSING): 2,
        (Disposition.REJECTED, Reason.INVALID_SYNTAX): 2,
    }


def test_page_lists_some_exports_and_says_how_many_more_there_are(page_of):
    """A folder may have a hundred thousand exports, and nobody reads as many lines."""
    lines = lines_of([f"p{at}@example.com" for at in range(MOST_LISTED_SOURCES + 3)])
    lines["source"] = text_array(f"hr/part-{at}.csv" for at in range(MOST_LISTED_SOURCES + 3))

    page = page_of(lines)

    assert len(re.findall('title="hr/part-[0-9]+.csv"', page)) == MOST_LISTED_SOURCES
    assert "3 more exports have 3 rows: they stand in summary.json." in text_of(page)


def test_every_export_is_on_the_page(page_of):
    count = MOST_LISTED_SOURCES
    lines = lines_of([f"p{at}@example.com" for at in range(count)])
    lines["source"] = text_array(f"hr/part-{at}.csv" for at in range(count))

    page = page_of(lines)

    assert len(re.findall('title="hr/part-[0-9]+.csv"', page)) == count
    assert f"<summary>{count - SOURCES_OPEN} more</summary>" in page
    assert "they stand in summary.json" not in page


def test_export_says_how_it_was_understood(page_of):
    facts = {"source": "staff.csv", "format": "text", "encoding": "cp1252", "header_row": 3, "guessed": True}

    page = page_of(some_lines(), inputs=[facts | {"columns": {"email": "Work Email"}, "notes": ("Two rows are odd.",)}])

    text = unescape(text_of(page))
    assert 'Addresses from "Work Email". 2 notes' in text
    assert "text, cp1252, header in row 3. No column says who has left." in text
    assert "The encoding cp1252 is a guess. Two rows are odd." in text


def test_page_says_with_which_run_the_guards_compared(page_of):
    compared = ComparedRun("r0", NOW, 664)

    text = text_of(page_of(some_lines(), compared_with=compared))

    assert "compared this run with run r0 of 1 March 2026, 08:30 UTC, which had 664 rows about people." in text
    assert "No earlier run went well" in text_of(
        page_of(some_lines(), compared_with=ComparedRun(why_none="No earlier run went well here."))
    )


@pytest.mark.parametrize(("command", "says"), [("run", "onboard who ADDRESS_OR_ID finds everybody"), ("plan", "")])
def test_page_says_where_the_rows_are_that_it_has_no_room_for(page_of, command, says):
    lines = lines_of([""]).loc[[0] * (MOST_COLLECTED + 1)].reset_index(drop=True)

    text = text_of(page_of(lines, command=command))

    assert "The first 20,000 of 40,001 rows can be looked up here." in text
    assert says in text
    assert ("onboard who" in text) is bool(says)
    assert "can be looked up here" not in text_of(page_of(some_lines()))


def test_waves_are_told_one_by_one(page_of):
    waves = [
        SentWave(
            leg=number,
            command="resume",
            began_at=NOW,
            ended_at=NOW,
            exit_code=0 if number < 3 else None,
            wave=Wave(number, 3, 0) if number < 3 else None,
            people=100 * number,
            requests=None if number == 3 else 4,
            throttled=None if number == 3 else 1,
        )
        for number in (1, 2, 3)
    ]

    page = page_of(some_lines(), waves=waves)

    text = text_of(page[page.index('id="sending"') :])
    assert "Wave 1 of 3 1 March 2026, 08:30 UTC Sent as planned 4 1 100" in text
    assert "Resumed 1 March 2026, 08:30 UTC No end is recorded unknown unknown 300" in text


def test_last_runs_are_shown_the_newest_first(page_of):
    def point(run_id, exit_code, invited):
        return TrendPoint(run_id, NOW, "run", exit_code, invited, 3, 688)

    page = page_of(some_lines(), trend=(point("r0", 5, 0), point("r1", 0, 498)))

    text = text_of(page[page.index('id="trend"') :])
    assert text.index("This run") < text.index("A guard stopped the run")
    assert "r1 Every row is settled 688 3 498" in text
    assert 'id="trend"' not in page_of(some_lines(), trend=(point("r1", 0, 498),))


def test_sending_is_shown_only_where_there_is_something_to_see(page_of):
    quick = (Moment(), Moment(9, 100, 2))

    assert 'id="sending"' not in page_of(some_lines(), progress=quick)
    assert 'id="sending"' in page_of(some_lines(), progress=(*quick, Moment(10, 150, 4, 1)))
    assert 'id="sending"' in page_of(some_lines(), progress=(*quick, Moment(100, 150, 4)))


def test_facts_are_shown_and_settings_that_were_made(page_of):
    text = text_of(
        page_of(
            some_lines(),
            rate=7.25,
            requests=400,
            throttled=100,
            message="Stopped by a signal.",
            exit_code=ExitCode.INTERRUPTED,
        )
    )

    for fact in (
        "Account Example (account-1)",
        "Exit code 130: Stopped by a signal.",
        "Ended 2026-03-01 08:42:00 UTC, after 12 min 00 s",
        "Time send 1 min 12 s",
        "Throttled 100 of them (25.0%)",
        "Rate the service allows 7.2 requests a second",
        "allow_domain example.com, example.org",
    ):
        assert fact in text
    assert "deadline" not in text


def test_progress_is_drawn_with_its_throttling_marked():
    drawn = progress_chart((Moment(), Moment(10, 500, 10), Moment(20, 500, 20, 10), Moment(40, 2000, 50, 10)))

    assert drawn.path == f"M0.0 {PLOT_HEIGHT}.0L250.0 135.0L500.0 135.0L1000.0 0.0"
    assert [(band.start, band.width) for band in drawn.bands] == [(25.0, 25.0)]
    assert [tick.label for tick in drawn.seconds] == ["0", "10 s", "20 s", "30 s", "40 s"]
    assert [tick.label for tick in drawn.addresses] == ["0", "500", "1,000", "1,500", "2,000"]
    assert drawn.text.endswith("The service throttled 10 of them (20.0%).")


@pytest.mark.parametrize("progress", [(), (Moment(),), (Moment(), Moment(3.0)), (Moment(), Moment(0.0, 50, 1))])
def test_progress_of_nothing_is_not_drawn(page_of, progress):
    assert "How sending got on" not in page_of(some_lines(), progress=progress)


@given(st.floats(0.01, 10**6), st.integers(0, 10**7))
def test_axes_have_few_round_ticks(seconds, addresses):
    drawn = progress_chart((Moment(), Moment(seconds, addresses, 1)))

    for ticks, low, high in ((drawn.seconds, 0, 100), (drawn.addresses, 0, PLOT_HEIGHT)):
        assert 1 <= len(ticks) <= 6
        assert len({tick.label for tick in ticks}) == len(ticks)
        assert all(low <= tick.at <= high + 0.01 for tick in ticks)


@given(numbers, st.floats(1.5, 100))
def test_bar_fills_its_room_and_shows_every_disposition(counts, room):
    segments = bar(counts, room=room)

    assert [segment.disposition for segment in segments] == [each for each in ORDER if each in counts]
    assert sum(segment.width for segment in segments) == pytest.approx(room, abs=0.02)
    assert all(segment.width > 0 for segment in segments)
    assert all(
        segment.start == pytest.approx(sum(before.width for before in segments[:at]), abs=0.02)
        for at, segment in enumerate(segments)
    )


def test_only_the_owner_may_read_it(tmp_path):
    assert stat.S_IMODE(write_page(tmp_path, some_lines()).stat().st_mode) == 0o600


def test_page_that_was_not_finished_does_not_appear(tmp_path):
    """Sums that do not hold end a run between the last line and the finish."""
    with suppress(KeyError), open_page(LocalFolder(tmp_path)) as page:
        page.append(some_lines())
        raise KeyError
    with open_page(LocalFolder(tmp_path)) as page:
        page.append(some_lines())

    assert list(tmp_path.iterdir()) == []


def test_path_that_is_no_text_does_not_cost_the_page(page_of):
    """The names of files are bytes, and some of them are no text."""
    assert "caf\\udce9" in page_of(some_lines(), settings={"out": "caf\udce9"})


def test_repr_of_rows_names_no_person():
    figures = PageFigures()

    figures.add(some_lines(name=["", "", "Cy Example", "", ""]))

    assert "Cy" not in repr(figures.rows())
    assert "cy@example" not in repr(figures.rows())
