"""Which domain each address has."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from onboarding.addresses.domains import domains_of

keys = st.sampled_from(
    ["ana@x.example", "ben@y.example", "josé@x.example", "田中@xn--r8jz45g.example", "c@z.example", ""]
)


def test_domains_come_in_the_order_in_which_they_first_appear():
    domains, codes = domains_of(pa.array(["ana@x.example", "ben@y.example", "", "cem@x.example"]))

    assert domains == ["x.example", "y.example", ""]
    assert codes.tolist() == [0, 1, 2, 0]


@given(st.lists(keys, max_size=8), st.integers(0, 4), st.integers(0, 8))
def test_every_row_has_the_domain_of_its_key(keys, start, count):
    """In any slice of a column, with keys of any letters or none."""
    column = pa.array(keys, pa.string()).slice(start, count)

    domains, codes = domains_of(column)

    assert [domains[code] for code in codes] == [key.rpartition("@")[2] for key in column.to_pylist()]
