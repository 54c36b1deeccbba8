"""A delimiter that does not occur costs no time, and changes no choice."""

from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.text.dialects import DELIMITERS, best_delimiter, delimiter_evidence, evidence_for

WORDS = st.sampled_from(["Email", "Name", "Employee ID", "ana@example.com", "Ana", "", " ", '"', "'t", "Total: 3", "x"])
LINES = st.lists(st.tuples(WORDS, st.sampled_from([*DELIMITERS, "", "\n", "\r\n", "\r"])), max_size=12)


@given(LINES)
def test_best_delimiter_is_the_best_of_all(lines):
    head = "".join(word + end for word, end in lines).encode()
    of_all = {delimiter: evidence_for(head, delimiter, whole=True) for delimiter in DELIMITERS}

    evidence = delimiter_evidence(head, whole=True)

    assert best_delimiter(evidence) == best_delimiter(of_all)
    assert evidence.items() <= of_all.items()


def test_usual_export_is_tried_with_the_delimiters_that_it_has():
    head = b"Name;Email\nAna,ana@example.com;ana@example.com\n"

    assert list(delimiter_evidence(head, whole=True)) == [",", ";"]
