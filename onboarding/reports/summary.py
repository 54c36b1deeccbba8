"""The summary of a run: its figures for all reports, the file ``summary.json``, and the output on the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onboarding.model.dispositions import Disposition
from onboarding.model.plan import ExclusionFigures, FilterFigures, Scope
from onboarding.model.presence import NotInExports, PresenceFigures
from onboarding.model.printable import json_document
from onboarding.model.story import AccountEnd, ComparedRun, SentWave, TrendPoint
from onboarding.model.values import dataclass
from onboarding.reports.run_figures import SendingEstimate, SendingFigures
from onboarding.reports.screen import show_summary
from onboarding.reports.summary_document import document_of_summary, schema_of_summary
from onboarding.reports.verdict import RunVerdict, verdict_of
from onboarding.reports.words import FOR_A_PERSON, TO_LOOK_AT, news_in_words

if TYPE_CHECKING:
    import pandas as pd

    from onboarding.model.changes import Changes
    from onboarding.model.news import News
    from onboarding.model.sent import Wave
    from onboarding.model.unchanged import UnchangedExport
    from onboarding.preparing.guards import GuardVerdict
    from onboarding.reports.folder import Folder
    from onboarding.sandbox import SandboxCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The facts and figures of a run. ``counts`` and ``counts_by_source`` are numbers of rows.

    ``inputs`` are the files that the run has read, with the fields of ``exports.ExportFacts``. ``changes`` compares the
    run with an earlier run. ``next_command`` is the operator's next shell command, or empty. ``news`` counts the rows
    that a person must correct for the first time. ``seconds`` has the duration of each phase. ``files`` are the reports
    in ``folder``. ``unchanged`` are the exports that have had the same bytes for many nights. A field is None if the
    run has no value for it. If a summary is made later from the ledger, ``presence``, ``not_in_exports``,
    ``exclusions``, ``filters``, ``guards`` and the rate of ``sending`` are None.
    """

    run_id: str
    command: str
    version: str
    started_at: datetime
    ended_at: datetime
    exit_code: int
    message: str
    next_command: str = ""
    hr_command: str = ""
    """The shell command that makes a workbook for HR, or reads the answers in ``hr_file``.

    Empty if no command helps HR, or if HR has heard of all rows before.
    """
    hr_file: str = ""
    """The hand-off workbook of this run if HR has something new to answer, or empty."""
    scope: Scope
    account_name: str = ""
    counts: dict[Disposition, int]
    counts_by_source: dict[str, dict[Disposition, int]]
    inputs: Sequence[Mapping[str, object]]
    sending: SendingFigures = field(default_factory=SendingFigures)
    presence: PresenceFigures | None = None
    not_in_exports: NotInExports | None = None
    """The members of the account who are in no export of the run. None in a run to many accounts."""
    exclusions: ExclusionFigures | None = None
    filters: FilterFigures | None = None
    guards: "GuardVerdict | None" = None
    unchanged: "Sequence[UnchangedExport]" = ()
    planned: SendingEstimate | None = None
    changes: "Changes | None" = None
    news: "News | None" = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, object]
    folder: str
    files: Sequence[str] = ()
    rehearsal: "SandboxCounts | None" = None
    wave: "Wave | None" = None
    """The wave that the run has sent as planned, or None. The people of later waves wait."""
    waves: Sequence[SentWave] = ()
    """How much each leg of the run has sent. Empty for a run without waves that was never resumed."""
    compared_with: ComparedRun | None = None
    """The run with which the guards compared this run. None if the guards did not check this run."""
    trend: Sequence[TrendPoint] = ()
    """The last runs to the same account, without plans, the oldest first. This run is the last item."""
    accounts: Sequence[AccountEnd] = ()
    """How the run to each account ended, in the order of the report's parts. Empty for a run to one account."""
    moved: int = 0
    """How many people stay in another account, since an earlier run invited them there. 0 for a run to one account."""
    invited_again: int = 0
    """How many of the invited people were invited before, and were invited again because of ``--reinvite-after``."""
    legs: int = 1
    """How often the run was begun or resumed. ``sending`` and ``seconds`` are sums over all these times."""

    @property
    def rows_read(self) -> int:
        """The number of rows that the run has read: the sum over all dispositions."""
        return sum(self.counts.values())

    @property
    def is_rehearsal(self) -> bool:
        """Whether the run sent to the sandbox, so that no person was mailed."""
        return self.rehearsal is not None or bool(self.settings.get("sandbox"))

    @property
    def needs_attention(self) -> bool:
        """Whether a person has something to do after the run that no earlier run has reported."""
        return any(concern.is_news for concern in self.verdict.concerns)

    @property
    def news_in_words(self) -> tuple[str, ...]:
        """Sentences about the new, old and gone rows for a person; none if there are no such rows."""
        return news_in_words(self.news) if self.news else ()

    @property
    def attention_in_words(self) -> str:
        """The news for a person, in a few sentences. The text is empty if the run has no news."""
        return " ".join(concern.words for concern in self.verdict.concerns if concern.is_news)

    @property
    def verdict(self) -> RunVerdict:
        """How the run ended, and the next steps of the operator and of HR."""
        return verdict_of(self)

    @property
    def for_a_person(self) -> Sequence[Disposition]:
        """The dispositions of rows that a person has to act on. Rows of later waves are left out."""
        return TO_LOOK_AT if self.wave else FOR_A_PERSON

    @property
    def account_in_words(self) -> str:
        """The destination and the account, with the name of the account if the name is known."""
        account = f"{self.scope.destination} {self.scope.account}"
        return f"{self.account_name} ({account})" if self.account_name else account

    @property
    def paths(self) -> Mapping[str, str]:
        """The path or the ``s3://`` URI of each report in ``files``, by the name of the report."""
        return {name: f"{self.folder}/{name}" for name in self.files}

    def rows(self) -> "pd.DataFrame":
        """Return all lines of the run's report, in the order of the input: the columns of ``reconciliation.csv``.

        Each column has a type of Arrow. ``row``, ``chunk`` and ``attempts`` are whole numbers, and ``decided_at`` is a
        time in UTC. All other columns are text, and an empty cell is the empty text. ``chunk`` and ``attempts`` are NA
        if nothing was sent for a row. Cells are as in the export, without the apostrophes that protect a spreadsheet
        from formulas. Raises ``ReportNotWritten`` if the report cannot be read.
        """
        import pandas as pd  # noqa: PLC0415 - a summary alone loads no pandas

        return pd.concat(list(self.row_chunks()), ignore_index=True)

    def row_chunks(self, most_rows: int = 100_000) -> "Iterator[pd.DataFrame]":
        """Yield the lines of ``rows`` in frames of at most ``most_rows`` rows, which need little memory.

        The index of each frame continues the index of the frame before. Raises ``ReportNotWritten`` if the report
        cannot be read, and ``ValueError`` if ``most_rows`` is less than 1.
        """
        from onboarding.reports.report_frames import frames_of_run  # noqa: PLC0415 - loads pandas

        return frames_of_run(self, most_rows=most_rows)

    def __repr__(self) -> str:
        """Return the run's id and one line about how the run ended."""
        return f"<Summary of {self.run_id}: {self.verdict.headline}>"

    def as_json(self) -> str:
        """Return the text of ``summary.json``."""
        document = document_of_summary(asdict(self), rows_read=self.rows_read, verdict=asdict(self.verdict))
        return json_document(document)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of ``summary.json``."""
        return schema_of_summary(cls)

    def write(self, folder: "Folder") -> None:
        """Write ``summary.json`` into the run's folder, whole or not at all. Raises ``ReportNotWritten``."""
        with folder.atomic_write("summary.json") as file:
            file.write(self.as_json().encode())

    def show(self, *, said: str = "") -> None:
        """Print to stdout the numbers of rows of each export, sentences for people, and the places of the reports.

        ``said`` is the text on stderr. The output leaves out each line that ``said`` contains.
        """
        show_summary(self, said=said)
