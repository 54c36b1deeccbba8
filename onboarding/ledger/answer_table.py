"""The table of HR's answers to questions about rows."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text


def answer_table(metadata: MetaData) -> Table:
    """Add the table of HR's answers to the tables of a ledger, and return the new table.

    An answer is valid for all destinations, until the time in ``revoked_at``. ``row_hash`` is the hash of the row's
    identity (``model.questions``), and ``cell_hash`` is the hash of the row's address cell alone. ``about`` is a hash
    of a detail in the question, such as the cell of the status. ``place`` names the row of the question, and ``run_id``
    names the run that read the answer. HR entered ``address`` and ``comment``: a purge empties both, and the hashes
    stay.
    """
    return Table(
        "answers",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("row_hash", LargeBinary, nullable=False),
        Column("cell_hash", LargeBinary, nullable=False),
        Column("reason", Text, nullable=False),
        Column("about", LargeBinary, nullable=False),
        Column("answer", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("address", Text, nullable=False),
        Column("comment", Text, nullable=False),
        Column("run_id", Text, nullable=False),
        Column("answered_at", Text, nullable=False),
        Column("revoked_at", Text),
        Column("purged_at", Text),
    )
