"""Why can an export not be read safely?"""


class Unreadable(Exception):
    """Say in plain words why a file is refused; whoever knows the file's name turns it into ``InputRefused``.

    ``records`` is the number of whole records before the bad one in what was being read, or ``None`` where the
    trouble is not one record's. The words never hold an address or a person's name.
    """

    def __init__(self, why: str, *, records: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.records = records
