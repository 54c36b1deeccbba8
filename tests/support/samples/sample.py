"""A sample: its lines, its format, and the right disposition of every row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | float | date


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to a row, in the words of the report; ``address`` is the invited address, in lower case."""

    disposition: str
    reason: str = ""
    address: str = ""


MISSING = Fate("rejected", "missing")
INVALID = Fate("rejected", "invalid_syntax")
SEVERAL = Fate("held", "several_addresses")
INACTIVE = Fate("excluded", "inactive")
NOT_STARTED = Fate("excluded", "not_started")
ENDED = Fate("excluded", "ended")
NOT_A_PERSON = Fate("excluded", "not_a_person")
PRIVATE_ADDRESS = Fate("excluded", "private_address")
CONTRADICTION = Fate("held", "contradicting_status")
UNKNOWN_STATUS = Fate("held", "unknown_status")
LOOK_ALIKE = Fate("held", "look_alike")
NEAR_MISS = Fate("held", "near_miss_domain")
UNUSUAL_CHARACTERS = Fate("held", "unusual_characters")
BLANK_ROW = Fate("ignored", "blank_row")
FOOTER = Fate("ignored", "footer")
REPEATED_HEADER = Fate("ignored", "repeated_header")
EXAMPLE_ROW = Fate("ignored", "example_row")
AGAIN = Fate("duplicate", "same_address")
AGAIN_AS_ANOTHER = Fate("duplicate", "same_address_other_employee")


def invited(address: str) -> Fate:
    """Return the fate of a person who is to be mailed at this address."""
    return Fate("invited", address=address)


@dataclass(frozen=True, slots=True)
class Line:
    """A record as its file has it; ``fate`` is None down to the header."""

    cells: tuple[Cell, ...]
    fate: Fate | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A made-up export.

    ``address`` is the header of the right column, and ``fallback`` the header of the column to take where the right
    column is empty. ``decoys`` says which columns are wrong. ``sheet`` is the sheet of the people, empty if the file is
    no workbook.
    """

    name: str
    like: str
    shape: str
    address: str
    decoys: str
    lines: tuple[Line, ...]
    write: Callable[[Sequence[Line]], bytes]
    sheet: str = ""
    fallback: str = ""

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.write(self.lines)

    @property
    def truth(self) -> Iterator[tuple[int, Fate]]:
        """The row number, as a spreadsheet shows it, and the fate of every record after the header."""
        return ((number, line.fate) for number, line in enumerate(self.lines, 1) if line.fate is not None)


def header(*cells: Cell) -> Line:
    """Return a record that stands above the people."""
    return Line(cells)


def row(cells: Iterable[Cell], fate: Fate) -> Line:
    """Return a record that must be accounted for."""
    return Line(tuple(cells), fate)


def blank(width: int) -> Line:
    """Return a record of empty cells."""
    return Line(("",) * width, BLANK_ROW)


def word(number: int, exceptions: Sequence[tuple[int, str]], usual: str) -> str:
    """Return the next exception if it is this person's turn, or the word that most people have."""
    return next((exception for every, exception in exceptions if number % every == every - 1), usual)
