"""Domain typos are found, and legitimate domains are not taken for typos."""

from itertools import pairwise
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from onboarding.addresses.typos import (
    COMMON_RATIO,
    COMMON_ROWS,
    GENUINE,
    MOST_DOMAINS,
    PROVIDERS,
    RARE_ROWS,
    RARE_SHARE,
    SISTERS_RATIO,
    TypoFinder,
    domain_typos,
    meant_provider,
)


@pytest.mark.parametrize("typo", ["satff", "staf", "stafff", "stavf", "statff", "5taff", "taff", "stafd"])
def test_typo_of_a_common_domain_is_reported_with_both_counts(typo):
    found = domain_typos({"staff.example": 1200, f"{typo}.example": 2})

    assert found == {
        f"{typo}.example": f"Did you mean staff.example? It is in 1,200 rows of this export, {typo}.example in 2."
    }


def test_domain_two_letters_away_is_no_typo():
    assert domain_typos({"staff.example": 1200, "saff2.example": 1, "tsaff5.example": 1}) == {}


@pytest.mark.parametrize(
    ("common", "rare", "held"),
    [
        (COMMON_ROWS, 1, True),
        (COMMON_ROWS - 1, 1, False),
        (2 * COMMON_RATIO, 2, True),
        (2 * COMMON_RATIO - 1, 2, False),
        (300, RARE_ROWS, True),
        (300, RARE_ROWS + 1, False),
        (399, RARE_ROWS + 1, False),
        (400, RARE_ROWS + 1, True),
        (1996, 4, True),
        (10**6, 10**4, True),
        (10**6, 10**4 + 1, False),
    ],
)
def test_domain_of_several_people_is_legitimate(common, rare, held):
    assert bool(domain_typos({"staff.example": common, "staf.example": rare})) is held


@pytest.mark.parametrize(
    ("domain", "sister"),
    [
        ("corp.example", "corp2.example"),
        ("corp1.example", "corp2.example"),
        ("our-corp.example", "ourcorp.example"),
        ("eu.corp.example", "eucorp.example"),
        ("us.corp.example", "uk.corp.example"),
        ("example.de", "example.dk"),
        ("example.com", "example.co"),
        ("example.com", "example.cm"),
    ],
)
def test_sister_domain_is_a_typo_only_if_it_is_one_row_among_very_many(domain, sister):
    """Domains of one employer often differ in this way."""
    assert domain_typos({domain: SISTERS_RATIO, sister: 2}) == {}
    assert domain_typos({domain: SISTERS_RATIO - 1, sister: 1}) == {}
    assert list(domain_typos({domain: SISTERS_RATIO, sister: 1})) == [sister]


def test_domain_with_a_last_label_that_does_not_exist_is_no_sister():
    assert list(domain_typos({"example.de": 30, "example.dw": 1})) == ["example.dw"]


def test_list_of_likely_domains_raises_no_alarm():
    """The list is of an employer with sister domains, guests and contractors."""
    known = {"example.com": 4800, "example.org": 300, "example.net": 12, "example.co.uk": 35}
    known |= {"exemple.com": 60}
    known |= {"corp.example": 400, "corp2.example": 3, "north.example": 80, "example.de": 500, "example.dk": 2}
    known |= {"us.corp.example": 900, "uk.corp.example": 7, "mail.example.com": 2, "a.example.com": 1}

    assert domain_typos(known | dict.fromkeys(GENUINE, 1)) == {}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_misspelt_provider_is_a_typo_even_without_a_right_one_in_the_export(provider):
    typo = provider[1] + provider[0] + provider[2:]

    assert domain_typos({"corp.example": 5, typo: 1}) == {typo: f"Did you mean {provider}?"}
    assert meant_provider(typo) == provider


def test_providers_are_no_typos_of_each_other():
    assert [domain for domain in GENUINE if meant_provider(domain)] == []
    assert min(OSA.distance(one, two) for one in PROVIDERS for two in PROVIDERS if one != two) > 1


@pytest.mark.parametrize(
    ("typed", "meant"), [("con", "com"), ("cmo", "com"), ("comm", "com"), ("ent", "net"), ("or", "org")]
)
def test_last_label_that_does_not_exist_is_a_typo_by_itself(typed, meant):
    found = domain_typos({"corp.example": 5, f"partner.{typed}": 1})

    assert found == {f"partner.{typed}": f"Did you mean partner.{meant}? No domain ends in .{typed}."}


@pytest.mark.parametrize("last", ["com", "org", "cm", "co", "cam", "ong", "bet", "new", "vet", "eu", "test", "example"])
def test_last_label_that_exists_or_is_reserved_is_no_typo(last):
    assert domain_typos({f"partner.{last}": 1}) == {}


def test_wrong_last_label_is_reported_with_the_domain_of_the_export():
    found = domain_typos({"corp.com": 40, "corp.con": 2, "corp.example": 5})

    assert found == {"corp.con": "Did you mean corp.com? It is in 40 rows of this export, corp.con in 2."}


def test_domain_that_fills_an_export_is_no_typo():
    """The authors of the export know their domain."""
    assert list(domain_typos({"gmali.com": 5, "north.example": 95})) == ["gmali.com"]
    assert domain_typos({"gmali.com": 6, "north.example": 94}) == {}


@pytest.mark.parametrize("rows", [1, 6, 1200])
def test_domain_that_cannot_exist_is_a_typo_however_many_rows_have_it(rows):
    """Such a domain is also never suggested in place of the right domain."""
    finder = TypoFinder()
    finder.add_counts("a.csv", ["corp.con", "corp.com"], [rows, 1])
    finder.add_counts("b.csv", ["corp.con"], [rows])

    assert {name: list(found) for name, found in finder.find().items()} == {
        "a.csv": ["corp.con"],
        "b.csv": ["corp.con"],
    }


def test_domains_are_compared_as_people_write_them():
    """The A-labels of ``exämple`` and ``example`` have little in common."""
    found = domain_typos({"xn--exmple-cua.example": 1, "example.example": 60})

    assert list(found) == ["xn--exmple-cua.example"]
    assert "exämple.example in 1." in found["xn--exmple-cua.example"]


domains = st.builds("{}.example".format, st.text("ab", min_size=4, max_size=6))
counted = st.dictionaries(domains, st.sampled_from([1, 2, 3, 4, 10, 40]), max_size=8)


@given(counted)
def test_every_typo_is_rare_and_one_letter_away_from_a_common_domain(rows):
    for domain, sentence in domain_typos(rows).items():
        meant = sentence.removeprefix("Did you mean ").partition("?")[0]

        assert OSA.distance(domain, meant) == 1
        assert rows[domain] <= max(RARE_ROWS, RARE_SHARE * rows[meant])
        assert rows[meant] >= max(COMMON_ROWS, COMMON_RATIO * rows[domain])


@given(st.text("abc1-", min_size=4, max_size=7), st.data())
def test_every_domain_one_letter_away_is_found(label, data):
    """A domain has a letter more, a letter less, another letter, or two letters that changed places."""
    at = data.draw(st.integers(0, len(label) - 1))
    letter = data.draw(st.sampled_from(ascii_lowercase))
    swapped = label[:at] + label[at : at + 2][::-1] + label[at + 2 :]
    near = {
        label[:at] + label[at + 1 :],
        label[:at] + letter + label[at:],
        label[:at] + letter + label[at + 1 :],
        swapped,
    }

    for other in near - {label}:
        assert list(domain_typos({f"{label}.example": 10**4, f"{other}.example": 1})) == [f"{other}.example"]


def test_exports_are_counted_apart():
    """A domain that is common in one export may be a partner's in another."""
    counts = TypoFinder()
    counts.add_counts("a.csv", ["staff.example", "satff.example"], [30, 1])
    counts.add_counts("b.csv", ["north.example", "satff.example"], [30, 1])

    assert {export: list(found) for export, found in counts.find().items()} == {"a.csv": ["satff.example"], "b.csv": []}


@pytest.mark.parametrize("exports", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_domain_that_fills_one_export_is_no_typo_in_others(exports):
    """For example, guests come from a sister company that has an export of its own in the run."""
    rows = {"a.csv": {"staff.example": 30, "staf.example": 1}, "b.csv": {"staf.example": 4}}
    counts = TypoFinder()

    for export in exports:
        counts.add_counts(export, list(rows[export]), list(rows[export].values()))

    assert not any(counts.find().values())


parts = st.lists(st.sampled_from(["staff.example", "satff.example", "corp.example", ""]), max_size=40)


@given(parts, st.lists(st.integers(0, 40), max_size=4))
def test_result_does_not_depend_on_the_number_of_parts(domains, cuts):
    whole, in_parts = TypoFinder(), TypoFinder()
    whole.add_counts("a.csv", domains, [1] * len(domains))

    for start, stop in pairwise([0, *sorted(cuts), 40]):
        in_parts.add_counts("a.csv", domains[start:stop], [1] * len(domains[start:stop]))

    assert in_parts.find() == whole.find()


def test_domains_are_counted_in_bounded_memory():
    """The first domains are counted, with all their later rows."""
    counts = TypoFinder()
    counts.add_counts(
        "a.csv", ["satff.example", *(f"{number}.example" for number in range(MOST_DOMAINS))], [1] * (MOST_DOMAINS + 1)
    )
    counts.add_counts("a.csv", ["staff.example", "0.example"], [50, 1])

    assert counts.find() == {"a.csv": {}}


def test_very_long_domains_are_left_alone():
    """They would take much time, and no employer has one."""
    long = ".".join(["a" * 60] * 4)

    assert domain_typos({f"{long}.example": 1000, f"{long}b.example": 1}) == {}
