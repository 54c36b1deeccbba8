"""The user's choice of sheets for each workbook, and whether the job reads hidden rows."""

import re
from collections.abc import Collection

from onboarding.model.errors import ConfigurationError
from onboarding.model.file_patterns import fits_file
from onboarding.model.values import dataclass

_FOR_ONE_FILE = re.compile(r"(.+?\.(?:xls[xmb]?|xlt[xm]?|xml|ods|ots|zip|gz))=(.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """The user's choice of sheets. Without a choice, the job looks for the only visible sheet that lists people.

    Each of the ``wanted`` texts is the name of a sheet, or a pattern with ``*`` or ``?``, for all workbooks. A text of
    the form ``FILE=NAME`` is a choice for a file, or for all files that match the pattern ``FILE``. For these files,
    the job ignores the choices for all workbooks. If ``reads_hidden`` is true, the job reads hidden rows like visible
    rows.
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
        """Raise ``ConfigurationError`` if a choice names a file that is no export of the run."""
        for match in filter(None, map(_FOR_ONE_FILE.fullmatch, self.wanted)):
            if not any(fits_file(match[1], source) for source in sources):
                raise ConfigurationError(f'--sheet {match[0]}: no export is called "{match[1]}"; correct the name.')


NO_CHOICE = SheetChoice()
