"""What every line of the report says."""

from dataclasses import replace

import pandas as pd
import pytest
from frames import decided, outcomes, people
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.outcomes import DISPOSITION_OF, InviteState
from onboarding.model.rows import TEXT, decide, is_open
from onboarding.reports import ReportContext, reconcile
from onboarding.reports.reconcile import COLUMNS

RUN = ReportContext("r1", "chime", "account-1", "noon", Disposition.DEFERRED)
PLAN = ReportContext("r1", "chime", "account-1", "noon", Disposition.PLANNED)
NOBODY = outcomes({})

states = st.sampled_from(list(InviteState))


def test_line_of_a_row_that_was_invited():
    """The line has everything that the service said, beside the cells of the export."""
    frame = decided([" Ana@Example.com"], start=3, name=["Ana Ruiz"], employee_id=["007"])

    line = reconcile(frame, outcomes({3: InviteState.INVITED}, attempts=2), RUN).iloc[0].to_dict()

    assert line == {
        "run_id": "r1",
        "source": "staff.csv",
        "sheet": "",
        "row": 2,
        "employee_id": "007",
        "name": "Ana Ruiz",
        "email_as_given": " Ana@Example.com",
        "email": "Ana@example.com",
        "disposition": "invited",
        "reason": "",
        "detail": "",
        "duplicate_of": "",
        "destination": "chime",
        "account": "account-1",
        "chunk": 1,
        "attempts": 2,
        "invite_id": "invite_id of 3",
        "invite_status": "invite_status of 3",
        "email_status": "email_status of 3",
        "decided_at": "decided_at of 3",
        "security_group": "",
    }
    assert tuple(line) == COLUMNS


@pytest.mark.parametrize(
    ("state", "disposition", "detail"),
    [
        (InviteState.INVITED, "invited", ""),
        (InviteState.RENEWED, "invited", ""),
        (InviteState.FAILED, "failed", "The service refused the address: Oops"),
        (InviteState.RELEASED, "deferred", "Not sent this time; it will be when the job is run again."),
        (InviteState.IN_DOUBT, "in_doubt", "It was sent, but whether the service took it is not known: Oops"),
        (InviteState.IN_FLIGHT, "in_doubt", "It was sent, but whether the service took it is not known: Oops"),
    ],
)
def test_outcome_becomes_a_disposition_with_an_explanation(state, disposition, detail):
    line = reconcile(people(1), outcomes({0: state}, error="Oops"), RUN).iloc[0]

    assert (line["disposition"], line["detail"]) == (disposition, detail)


def test_row_in_doubt_says_what_helps():
    """So does a row whose person another run has sent."""
    frame = people(2)
    decide(frame, frame.index == 1, Disposition.IN_DOUBT)
    frame.loc[1, "detail"] = "Sent by run r0; not sent again."

    lines = reconcile(frame, outcomes({0: InviteState.IN_DOUBT}, error="Oops"), replace(RUN, advice="Resume at noon."))

    assert lines["detail"].tolist() == [
        "It was sent, but whether the service took it is not known: Oops; not sent again. Resume at noon.",
        "Sent by run r0; not sent again. Resume at noon.",
    ]


def test_row_that_was_not_sent_is_deferred():
    line = reconcile(people(1), NOBODY, RUN).iloc[0]

    assert line["disposition"] == "deferred"
    assert line["detail"] == "Not sent this time; it will be when the job is run again."
    assert pd.isna(line["chunk"])
    assert pd.isna(line["attempts"])
    assert line["decided_at"] == "noon"


def test_row_that_a_run_would_send_is_planned():
    line = reconcile(people(1), NOBODY, PLAN).iloc[0]

    assert (line["disposition"], line["detail"]) == ("planned", "")


def due_again() -> pd.DataFrame:
    """Return a row of a person who was invited before."""
    return people(1).assign(reason=text_array(["again"]), detail=text_array(["Invited before."]))


@pytest.mark.parametrize(
    ("state", "detail"),
    [
        (InviteState.INVITED, "Invited before."),
        (InviteState.RENEWED, "Invited before."),
        (InviteState.FAILED, "The service refused the address: Oops"),
        (InviteState.RELEASED, "Not sent this time; it will be when the job is run again."),
        (InviteState.IN_DOUBT, "It was sent, but whether the service took it is not known: Oops"),
    ],
)
def test_row_that_was_sent_again_says_so(state, detail):
    """The detail also says when the address was sent before, unless something worse happened."""
    line = reconcile(due_again(), outcomes({0: state}, error="Oops"), RUN).iloc[0]

    assert (line["disposition"], line["reason"], line["detail"]) == (DISPOSITION_OF[state], "again", detail)


@pytest.mark.parametrize(
    ("context", "detail"),
    [(PLAN, "Invited before."), (RUN, "Not sent this time; it will be when the job is run again.")],
)
def test_row_that_is_due_again_and_was_not_sent_says_so(context, detail):
    line = reconcile(due_again(), NOBODY, context).iloc[0]

    assert (line["disposition"], line["reason"], line["detail"]) == (context.unsent_disposition, "again", detail)


def test_row_that_was_decided_before_keeps_its_detail():
    frame = decided(["", "ana@x.example", "ana@x.example"])

    lines = reconcile(frame, outcomes({1: InviteState.FAILED}), RUN)

    assert lines["disposition"].tolist() == ["rejected", "failed", "duplicate"]
    assert lines["reason"].tolist() == ["missing", "", "same_address"]
    assert lines["detail"].iloc[0] == frame["detail"].iloc[0]
    assert lines["duplicate_of"].tolist() == ["", "", "staff.csv#3"]


@given(
    st.lists(st.sampled_from(["", "no address", "new"]), max_size=12),
    st.lists(st.none() | states, min_size=12, max_size=12),
    st.integers(0, 1000),
    st.sampled_from([RUN, PLAN]),
    st.booleans(),
)
def test_every_row_has_one_line_in_order_and_one_disposition(kinds, fates, start, context, in_pieces):
    """The rule holds if none, some or all rows were sent, and however the frame was put together."""
    cells = [f"p{at}@x.example" if kind == "new" else kind for at, kind in enumerate(kinds)]
    frame = decided(cells, start=start)
    sent = {at: fates[at - start] for at in frame.index[is_open(frame)] if fates[at - start]}
    if in_pieces:
        frame = pd.concat([frame.iloc[:3], frame.iloc[3:]])

    lines = reconcile(frame, outcomes(sent), context)

    expected = [
        DISPOSITION_OF[sent[row.Index]] if row.Index in sent else row.disposition or context.unsent_disposition
        for row in frame.itertuples()
    ]
    assert lines["disposition"].tolist() == expected
    assert lines["row"].tolist() == frame["row"].tolist()
    assert lines["email"].tolist() == frame["email"].tolist()
    assert lines["chunk"].notna().tolist() == [at in sent for at in frame.index]
    assert tuple(lines) == COLUMNS
    words = {f"dictionary<values=string, indices={number}, ordered=0>[pyarrow]" for number in ("int8", "int32")}
    assert {str(lines[name].dtype) for name in COLUMNS} <= {str(TEXT), "int64[pyarrow]", *words}


def test_frame_that_was_given_stays_as_it_was():
    frame = people(1)

    reconcile(frame, outcomes({0: InviteState.INVITED}), RUN)

    assert frame["disposition"].tolist() == [""]


def test_row_that_was_decided_after_it_was_released_keeps_its_fate():
    """A resumed run finds that another sender has invited the person."""
    frame = decided(["ana@example.com", "bo@example.com"])
    decide(frame, frame["key"] == "bo@example.com", Disposition.ALREADY, Reason.PENDING)

    lines = reconcile(frame, outcomes({0: InviteState.RELEASED, 1: InviteState.RELEASED}), RUN)

    assert lines["disposition"].tolist() == ["deferred", "already"]
    assert lines["reason"].tolist() == ["", "pending"]
