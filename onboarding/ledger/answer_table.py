"""The table of HR's answers to questions about rows."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text


def answer_table(metadata: MetaData) -> Table:
    """Add the table to the tables of a ledger, and return it.

    An answer counts for all destinations, until its ``revoked_at``. ``row_hash`` is the hash of the row's identity
    (``model.questions``), and ``cell_hash`` the hash of the row's address cell alone. ``about`` is a hash of the detail
    on which the question depends. ``place`` names the row about which HR was asked, and ``run_id`` the run that read
    the answer. HR entered ``address`` and ``comment``: a purge empties both, and the hashes stay.
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
