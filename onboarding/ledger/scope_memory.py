"""The facts about an account that the ledger keeps from run to run: request rates, domains, and rows to correct.

Each method is one transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, text, update

from onboarding.ledger import reported_rows
from onboarding.ledger.bulk import in_batches
from onboarding.ledger.remembered_answers import RememberedAnswers
from onboarding.ledger.rosters import Rosters
from onboarding.ledger.run_history import RunHistory, change_run, find_or_add_scope
from onboarding.ledger.run_records import Inputs, inputs_on_record, selected_runs
from onboarding.ledger.schema import hashed, known_domains, runs, scopes
from onboarding.model.dispositions import Disposition
from onboarding.model.news import EarlierRows, OpenRows
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures, Run

# SQLite and PostgreSQL both understand this text. SQLAlchemy would need a separate construct for each database.
_REMEMBER_DOMAIN = text(
    "INSERT INTO known_domains (scope_id, domain_hash) VALUES (:scope_id, :domain_hash) ON CONFLICT DO NOTHING"
)


class ScopeMemory(RunHistory):
    """The record of runs, and the facts that the ledger keeps about accounts. Several threads may share this object."""

    @property
    def answers(self) -> RememberedAnswers:
        """HR's answers to questions about rows. They are valid for all destinations."""
        return RememberedAnswers(self._database, self._clock)

    @property
    def rosters(self) -> Rosters:
        """The rosters of the last runs: who was in their exports."""
        return Rosters(self._database)

    def runs_of_accounts(self, run_id: str) -> list[Run]:
        """Return the runs that a run to many accounts has begun, one for each account, ordered by their ids.

        ``run_id`` is the id of the whole run.
        """
        ids = runs.c.run_id
        these = select(runs, scopes).join(scopes).where(ids.startswith(f"{run_id}-", autoescape=True)).order_by(ids)
        with self._database.reading() as connection:
            return selected_runs(connection, these)

    def record_inputs_of_runs(self, several: Iterable[tuple[str, Inputs, GuardFigures | None]]) -> None:
        """Record that the ledger keeps all rows of several runs, in one transaction.

        Each item contains the id of a run, its exports, and the numbers that the guards checked. These numbers are None
        if the run must not be resumed.
        """
        with self._database.writing() as connection:
            for run_id, inputs, guards in several:
                change_run(connection, run_id, inputs_on_record(inputs, guards))

    def rate(self, scope: Scope) -> float | None:
        """Return the number of requests a second that the service last allowed for an account.

        Return None if no run has learnt this number.
        """
        with self._database.reading() as connection:
            scope_id = self._scope_id(connection, scope)
            found: float | None = connection.scalar(select(scopes.c.rate).where(scopes.c.id == scope_id))
        return found

    def remember_rate(self, scope: Scope, rate: float) -> None:
        """Record the number of requests a second that the service allowed for an account."""
        with self._database.writing() as connection:
            scope_id = self._scope_id(connection, scope)
            connection.execute(update(scopes).where(scopes.c.id == scope_id).values(rate=rate))

    def remember_domains(self, scope: Scope, domains: Iterable[str]) -> None:
        """Record the domains of people who were invited or are members already, in the form of address keys."""
        # The hashes are sorted, so that two runs that record domains at the same time never cause a deadlock.
        hashes = sorted({hashed(domain, self.secret) for domain in domains})
        with self._database.writing() as connection:
            scope_id = find_or_add_scope(connection, scope)
            if hashes:
                values = [{"scope_id": scope_id, "domain_hash": domain_hash} for domain_hash in hashes]
                connection.execute(_REMEMBER_DOMAIN, values)

    def unknown_domains(self, scope: Scope, domains: Iterable[str], *, in_group: bool = False) -> list[str] | None:
        """Return the domains among ``domains`` that are not on record for an account, each once, in the given order.

        With ``in_group``, leave out the domains that are on record for another account of the same destination and
        endpoint. Return None if the account itself has no domain on record at all.
        """
        hash_of = {domain: hashed(domain, self.secret) for domain in domains}
        with self._database.reading() as connection:
            scope_id = self._scope_id(connection, scope)
            known = select(known_domains.c.domain_hash).where(known_domains.c.scope_id == scope_id)
            if connection.scalar(known.limit(1)) is None:
                return None
            if in_group:
                of_group = (scopes.c.destination == scope.destination, scopes.c.endpoint == scope.endpoint)
                known = select(known_domains.c.domain_hash).where(
                    known_domains.c.scope_id.in_(select(scopes.c.id).where(*of_group))
                )
            seen = {
                bytes(domain_hash)
                for batch in in_batches(list(hash_of.values()))
                for domain_hash in connection.scalars(known.where(known_domains.c.domain_hash.in_(batch)))
            }
        return [domain for domain, domain_hash in hash_of.items() if domain_hash not in seen]

    def remember_rows(self, run: Run, rows: Mapping[Disposition, OpenRows]) -> None:
        """Record the rows to correct that a run has reported, by disposition. ``rows`` has all dispositions to correct.

        Later runs use the rows only after ``note_told``.
        """
        with self._database.writing() as connection:
            scope_id = find_or_add_scope(connection, run.scope)
            reported_rows.record_rows(connection, run, scope_id, rows, secret=self.secret, now=self._now())

    def note_told(self, run_id: str) -> None:
        """Record that notices have told people which rows to correct, in all accounts of a run.

        Nothing is recorded for a run whose rows HR cannot correct, such as a run that a guard stopped.
        """
        with self._database.writing() as connection:
            reported_rows.note_told(connection, run_id)

    def earlier_rows(self, run: Run, *, before: datetime | None = None) -> EarlierRows:
        """Return the rows to correct that the last runs to the account of ``run`` have reported to people.

        If ``run`` was resumed, include the rows that it reported before. With ``before``, return only rows that were
        reported before that moment.
        """
        with self._database.reading() as connection:
            scope_id = self._scope_id(connection, run.scope)
            return reported_rows.earlier_rows(connection, run, scope_id, secret=self.secret, before=before)
