"""The table of HR's answers to questions about rows."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text


def answer_table(metadata: MetaData) -> Table:
    """Add the table to the tables of a ledger, and return it.

    An answer counts for all destinations, until its ``revoked_at``. ``row_hash`` is the hash of the row's identity
    (``model.questions``), ``cell_hash`` that of its address cell alone, and ``about`` that of the question's digest of
    a detail. ``place`` is the row in the export that HR was asked about, and ``run_id`` the run that read the answer. A
    purge empties ``address``, which HR entered, and ``comment``, and the hashes stay.
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
