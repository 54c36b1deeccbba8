"""The column way decides about each odd cell exactly as the way of one cell after another."""

from dataclasses import asdict

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st
from soak import examples

from onboarding.addresses.odd_cells import examine_cells
from onboarding.addresses.one_cell import examine_cell

LOCALS = st.text("aZ0._+-'é", min_size=1, max_size=8)
WRITTEN_OUT = ("(at)", "[AT]", "(aT]", " (at) ", "{at}", "<at>", "(arroba)", "(dot)", "(", "")
DOMAINS = (
    *("example.com", "EXAMPLE.com", "example.com.", "-example.com", "example..com", "example", "a@b.example"),
    *("(dot)com", "example(dot)com", "bücher.example", "xn--bcher-kva.example", "ex_ample.com", "localhost", "1.2", ""),
)
BEFORE, AFTER = ("", " ", "'", "<", "mailto:"), ("", " ", ">", ".", ";")
any_of = st.sampled_from


@given(LOCALS, any_of(("@", "@@", "@@@", *WRITTEN_OUT)), any_of(DOMAINS), any_of(BEFORE), any_of(AFTER))
@example("a" * 65, "(at)", "example.com", "", "")
@example("a", "(at)", "b" * 250 + ".com", "", "")
@example("a" * 65, "@@", "example.com", "", "")
@examples(5)
def test_cell_in_a_column_gets_the_verdict_that_it_gets_alone(local, sign, domain, before, after):
    cell = before + local + sign + domain + after

    columns = examine_cells(pa.array([cell]))

    assert {name: column.to_pylist() for name, column in columns.items()} == {
        name: [value] for name, value in asdict(examine_cell(cell)).items()
    }
