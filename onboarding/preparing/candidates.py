"""Decide each row of an export by itself, and find the row's account, by the ``Rules`` of a run.

The export may be a part of a larger export. ``duplicates`` and ``addresses`` make the decisions that need several rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import MOST_DOMAINS, DomainRows, DomainTypos, SuspicionScan, normalise
from onboarding.exports import Export
from onboarding.model.blank import BLANK
from onboarding.model.choices import DateOrder
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.fingerprints import Seed
from onboarding.model.routes import Routes
from onboarding.model.rows import ACCOUNT_COLUMN, AS_READ, ROUTING_PREFIX, decide, is_open
from onboarding.model.streams import frame_to_buffer
from onboarding.model.values import dataclass
from onboarding.preparing.answer_book import NO_ANSWERS, AnswerBook
from onboarding.preparing.duplicates import DuplicateFinder, DuplicateMarker, FrameRecords
from onboarding.preparing.filters import choose_people
from onboarding.preparing.joined_frames import FrameAsRead, join_small_frames
from onboarding.preparing.policy import Policy, decide_candidates
from onboarding.preparing.wording import Wording, shown
from onboarding.runtime.prefetch import map_ahead, prefetch

KEPT = (*AS_READ, "email", "key")
"""The columns that the steps after this module need. Only policy and routing read the remaining columns."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a run: its policy, the suspicions that hold a row, the order of dates, and the routes to accounts.

    ``date_order`` is the order of day, month and year. If it is None, ``for_export`` finds the order of each export.
    ``routes`` is None in a run to one account. ``answers`` are HR's answers about rows. If ``may_be_empty``, exports
    without a row are no error. ``group_column`` names the column with each person's group, or is None.
    """

    policy: Policy
    holds: frozenset[Reason]
    date_order: DateOrder | None = None
    routes: Routes | None = None
    answers: AnswerBook = NO_ANSWERS
    may_be_empty: bool = False
    group_column: str | None = None

    def for_export(self, export: Export) -> "Rules":
        """Return a copy of the rules with the date order of these rules, or else with the date order of the export.

        The order is None if the export's dates can be read in several orders. The method may have to read the export to
        find the order. Raises ``InputRefused`` if the export cannot be read safely.
        """
        return replace(self, date_order=self.date_order or export.date_order(today=self.policy.today))

    def suspicions(self, *, most_domains: float = MOST_DOMAINS) -> SuspicionScan:
        """Return a new scan that holds suspicious rows, and counts at most ``most_domains`` domains in an export."""
        return SuspicionScan(self.holds, allowed_domains=self.policy.allowed_domains, most_domains=most_domains)

    def duplicates(self, scratch: Path, *, budget_bytes: float, seed: Seed | None = None) -> DuplicateFinder:
        """Return a new finder of repeated rows: equal addresses, and other repeats for which the rules hold rows."""
        return DuplicateFinder(
            scratch,
            budget_bytes=budget_bytes,
            seed=seed,
            spellings=Reason.LOOK_ALIKE in self.holds,
            employees=Reason.SAME_EMPLOYEE_OTHER_ADDRESS in self.holds,
            holds=self.holds,
        )


@dataclass(frozen=True, slots=True)
class DecidedFrame:
    """A frame of decided rows as an Arrow stream, and facts about these rows that decide later rows.

    The stream has the columns ``KEPT``, and ``ACCOUNT_COLUMN`` if the rules have routes. ``rows`` is the number of
    rows, and ``position`` the position of the first row. ``domains`` and ``records`` are for ``SuspicionScan.count``
    and ``DuplicateFinder.note``. ``source`` and ``finished`` are explained in ``FrameAsRead``.
    """

    stream: pa.Buffer = field(repr=False)
    rows: int
    position: int
    domains: Sequence[DomainRows] = field(repr=False)
    records: FrameRecords = field(repr=False)
    source: str = ""
    finished: Sequence[Export] = field(default=(), repr=False)

    def note_in(self, suspicions: SuspicionScan, duplicates: DuplicateFinder) -> None:
        """Record the frame in the scan and in the finder. The frame follows the frames of earlier calls.

        Raises ``InputRefused`` if an export has too many international domains. Raises ``OSError`` if a temporary file
        cannot be written.
        """
        suspicions.count(self.domains)
        duplicates.note(self.records)


def decide_export(
    export: Export,
    rules: Rules,
    suspicions: SuspicionScan,
    duplicates: DuplicateFinder,
    *,
    position: int = 0,
    rows_before: int = 0,
) -> Iterator[DecidedFrame]:
    """Decide the rows of an export, and yield them frame by frame. The caller must call ``note_in`` of each frame.

    ``rules`` come from ``Rules.for_export``. ``position`` is the position of the first row. ``rows_before`` is the
    number of rows of the same file before the first row. Raises ``InputRefused`` if a row cannot be read or decided
    safely.
    """
    wording = _wording(export, rules)
    for frame in prefetch(export.batches(position, rows_before=rows_before)):
        yield _decide(rules, suspicions, duplicates, FrameAsRead(frame, wording, export.source))


def decide_exports(
    exports: Sequence[Export], rules: Rules, suspicions: SuspicionScan, duplicates: DuplicateFinder, *, threads: int = 1
) -> Iterator[DecidedFrame]:
    """Decide the rows of all exports of a run, in their order, and join small frames that are alike.

    ``threads`` is the number of threads that decide frames at the same time. The caller must call ``note_in`` of each
    frame.
    """
    decide_frame = partial(_decide, rules, suspicions, duplicates)
    return map_ahead(decide_frame, prefetch(join_small_frames(_frames_of(exports, rules))), threads=threads)


def _frames_of(exports: Sequence[Export], rules: Rules) -> Iterator[FrameAsRead]:
    position = 0
    finished: list[Export] = []
    for export in exports:
        wording = _wording(export, rules.for_export(export))
        for frame in export.batches(position):
            yield FrameAsRead(frame, wording, export.source, tuple(finished))
            position += len(frame)
            finished.clear()
        finished.append(export)


def _wording(export: Export, rules: Rules) -> Wording:
    return Wording(names=export.facts.columns, date_order=rules.date_order, codes=export.codes)


def _decide(rules: Rules, suspicions: SuspicionScan, duplicates: DuplicateFinder, read: FrameAsRead) -> DecidedFrame:
    """Return the decided rows of a frame. Several threads may call this function.

    The function changes no argument except ``rules.policy.matches``, which records facts about the frame in any order
    of the frames.
    """
    policy, answers, wording = rules.policy, rules.answers, read.wording
    frame = normalise(answers.correct(read.frame))
    frame, doubts = choose_people(frame, policy.filters, wording.date_order, today=policy.today, matches=policy.matches)
    frame = doubts.settle(decide_candidates(frame, policy, wording, answers))
    if rules.group_column:
        frame = put_into_groups(frame, ROUTING_PREFIX + rules.group_column)
    if rules.routes:
        frame = route_to_accounts(frame, rules.routes)
    unsuspected = is_open(frame).to_numpy(bool)
    frame, domains = suspicions.hold(frame)
    frame = answers.leave_out(answers.settle(frame, unsuspected))
    return DecidedFrame(
        frame_to_buffer(frame[list((*KEPT, ACCOUNT_COLUMN) if rules.routes else KEPT)]),
        rows=len(frame),
        position=int(frame.index[0]) if len(frame) else 0,
        domains=domains,
        records=duplicates.records_of(frame),
        source=read.source,
        finished=read.finished,
    )


def finish_rows(
    frame: pd.DataFrame, duplicates: DuplicateMarker, typos: DomainTypos, answers: AnswerBook
) -> pd.DataFrame:
    """Return a decided frame with the decisions that need all rows of the run: duplicates, and typos in domains.

    If HR has answered that an address is right, its row stays open.
    """
    before = is_open(frame).to_numpy(bool)
    return answers.settle(typos.mark(duplicates.mark(frame)), before)


def route_to_accounts(frame: pd.DataFrame, routes: Routes) -> pd.DataFrame:
    """Return the frame with ``ACCOUNT_COLUMN``. If the account of an open row is not known, the row becomes ``held``.

    ``frame`` has the columns of ``rows.AS_READ``. It also has each column that the routes compare. The name of this
    column is ``ROUTING_PREFIX`` followed by the name in the export. Rows of a hand-off workbook have no such column.
    """
    names = [ROUTING_PREFIX + name for name in routes.columns]
    absent = {name: text_array([""] * len(frame)) for name in names if name not in frame}
    frame = frame.assign(**absent)
    cells = frame[names]
    distinct = cells.drop_duplicates()
    rows = list(distinct.itertuples(index=False, name=None))
    known = distinct.assign(
        account=text_array([routes.account_for(row) for row in rows]),
        advice=text_array([_no_account(routes.columns, row) for row in rows]),
    )
    found = cells.merge(known, how="left", on=list(cells)).set_index(frame.index)
    frame = frame.assign(**{ACCOUNT_COLUMN: found["account"]})
    unknown = is_open(frame) & (found["account"] == "").to_numpy()
    decide(frame, unknown, Disposition.HELD, Reason.NO_ACCOUNT)
    frame.loc[unknown, "detail"] = found.loc[unknown, "advice"]
    return frame


def put_into_groups(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the frame with the group of each person in ``security_group``, without outer white space.

    ``column`` is the frame's column with the groups. An export that the job makes itself may lack this column. Then its
    people have no group of their own. A hand-off workbook lacks the column, too. An open row of a workbook becomes
    ``held``, since another file contains the person's group.
    """
    if column in frame:
        return frame.assign(security_group=text_array(pc.utf8_trim(as_array(frame[column]), BLANK)))
    if "answer" not in frame:
        return frame
    frame = frame.copy()
    answered = is_open(frame)
    decide(frame, answered, Disposition.HELD, Reason.UNKNOWN_GROUP)
    frame.loc[answered, "detail"] = (
        "A hand-off workbook names no groups; read the export with this row in the same run."
    )
    return frame


def _no_account(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Return a sentence that quotes the cells of a row without a known account, with ``…`` in place of addresses."""
    named = ", ".join(f'{name} "{shown(cell)}"' for name, cell in zip(columns, cells, strict=True))
    return f"No account is known for {named}; mend the row or the table of routes."
