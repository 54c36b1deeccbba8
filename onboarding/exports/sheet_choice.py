"""Say which sheets of which workbook the user chose, and whether the job reads hidden rows."""

import re
from collections.abc import Collection

from onboarding.model.errors import ConfigurationError
from onboarding.model.file_patterns import fits_file
from onboarding.model.values import dataclass

_FOR_ONE_FILE = re.compile(r"(.+?\.(?:xls[xmb]?|xlt[xm]?|xml|ods|ots|zip|gz))=(.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """The user's choice of sheets.

    If the user chose no sheet, the job looks for the only visible sheet that lists people.

    Each of the ``wanted`` texts is the name of a sheet, or a pattern with ``*`` or ``?``, for all workbooks. A text of
    the form ``FILE=NAME`` is a choice for one file, or for all files that fit the pattern ``FILE``. Such a choice
    outweighs a choice for all workbooks. ``reads_hidden`` says that the job reads hidden rows like any other rows.
    """

    wanted: tuple[str, ...] = ()
    reads_hidden: bool = False

    def sheets_of(self, source: str) -> tuple[str, ...]:
        """Return the names and patterns of the sheets that the user chose for a file.

        ``source`` is the file's path or URI.
        """
        chosen = [_FOR_ONE_FILE.fullmatch(text) for text in self.wanted]
        own = tuple(match[2] for match in chosen if match and fits_file(match[1], source))
        return own or tuple(text for text, match in zip(self.wanted, chosen, strict=True) if match is None)

    def check_files(self, sources: Collection[str]) -> None:
        """Raise ``ConfigurationError`` if a choice names a file that is not among the exports."""
        for match in filter(None, map(_FOR_ONE_FILE.fullmatch, self.wanted)):
            if not any(fits_file(match[1], source) for source in sources):
                raise ConfigurationError(f'--sheet {match[0]}: no export is called "{match[1]}"; correct the name.')


NO_CHOICE = SheetChoice()
