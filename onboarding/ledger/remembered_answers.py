"""HR's answers in a ledger: record the answers of a workbook, list answers, revoke some, and purge their addresses."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, or_, select, update

from onboarding.ledger.bulk import in_batches
from onboarding.ledger.database import Database, request_scrub
from onboarding.ledger.schema import answers
from onboarding.model.hr_answers import HrAnswer, RememberedAnswer
from onboarding.model.run import timestamp

_COUNTS = answers.c.revoked_at.is_(None)


class RememberedAnswers:
    """The answers of HR in a ledger. Each method is one transaction. Any method may raise ``LedgerFailed``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def current(self) -> list[RememberedAnswer]:
        """Return the answers that are still valid, in the order in which HR gave them."""
        with self._database.reading() as connection:
            return _found(connection, _COUNTS)

    def everything(self) -> list[RememberedAnswer]:
        """Return all answers, even revoked answers, in the order in which HR gave them."""
        with self._database.reading() as connection:
            return _found(connection)

    def take(self, given: Iterable[RememberedAnswer]) -> int:
        """Record the ``given`` answers in their order, and return how many are new.

        If an equal answer is valid already, nothing changes. A new answer revokes the earlier answers that it replaces.
        """
        new = 0
        with self._database.writing() as connection:
            known: dict[bytes, list[RememberedAnswer]] = {}
            for answer in _found(connection, _COUNTS):
                known.setdefault(answer.row_hash, []).append(answer)
            for answer in given:
                of_row = known.setdefault(answer.row_hash, [])
                if any(answer.says_same(earlier) for earlier in of_row):
                    continue
                replaced = [earlier for earlier in of_row if answer.replaces(earlier)]
                _revoke(connection, [earlier.id for earlier in replaced], self._now())
                known[answer.row_hash] = [earlier for earlier in of_row if earlier not in replaced]
                known[answer.row_hash].append(_added(connection, answer))
                new += 1
        return new

    def forget(self, ids: Sequence[int]) -> list[int]:
        """Revoke answers, so that the next run asks about their rows again. Return the ids that belong to no answer.

        If any id belongs to no answer, no answer is revoked.
        """
        with self._database.writing() as connection:
            there = set(connection.scalars(select(answers.c.id).where(_COUNTS, answers.c.id.in_(ids))))
            missing = [number for number in ids if number not in there]
            if not missing:
                _revoke(connection, ids, self._now())
        return missing

    def empty(self, before: str) -> int:
        """Empty the addresses and comments of answers from before the moment ``before``. Return how many were emptied.

        A later ``scrub`` of the database removes the old text from the disk.
        """
        old = or_(answers.c.address != "", answers.c.comment != "")
        with self._database.writing() as connection:
            request_scrub(connection)
            emptied = update(answers).where(answers.c.answered_at < before, answers.c.purged_at.is_(None), old)
            return connection.execute(emptied.values(address="", comment="", purged_at=self._now())).rowcount

    def _now(self) -> str:
        return timestamp(self._clock())


def _revoke(connection: Connection, ids: Sequence[int], now: str) -> None:
    """Revoke answers, and empty the text that HR entered. The next purge removes this text from the disk."""
    for batch in in_batches(list(ids)):
        request_scrub(connection)
        revoked = update(answers).where(answers.c.id.in_(batch))
        connection.execute(revoked.values(revoked_at=now, address="", comment=""))


def _added(connection: Connection, answer: RememberedAnswer) -> RememberedAnswer:
    values = {each.name: getattr(answer, each.name) for each in fields(answer) if each.name != "id"}
    values |= {"answer": str(answer.answer), "answered_at": timestamp(answer.answered_at)}
    added = connection.execute(insert(answers), values).inserted_primary_key
    return replace(answer, id=added[0]) if added else answer


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> list[RememberedAnswer]:
    wanted = select(answers).where(*conditions).order_by(answers.c.id)
    return [_answer_of(row) for row in connection.execute(wanted).mappings()]


def _answer_of(row: RowMapping) -> RememberedAnswer:
    names = ("answered_at", "revoked_at", "purged_at")
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in names}
    hashes = {name: bytes(row[name]) for name in ("row_hash", "cell_hash", "about")}
    return RememberedAnswer(**{**row, **moments, **hashes, "answer": HrAnswer(row["answer"])})
