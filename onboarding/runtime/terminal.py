"""The console that prints tables and prose on a terminal, and functions that fit texts to the terminal's width."""

import re
import sys
from io import StringIO
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from onboarding.model.printable import printable
from onboarding.runtime.colour import has_colour, is_terminal


class PlainConsole(Console):
    """A console that reads no markup, so that no text from outside can style or steer the terminal.

    ``has_colour`` decides about styles, for this console and for the log. Rich itself would keep bold print if
    ``NO_COLOR`` is set.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        stream = sys.stderr if stderr else sys.stdout
        is_styled = has_colour(stream)
        super().__init__(
            stderr=stderr,
            highlight=False,
            markup=False,
            emoji=False,
            force_terminal=is_terminal(stream),
            color_system="standard" if is_styled else None,
            no_color=not is_styled,
        )

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a text for rich in the form of ``printable``, without control characters.

        Rich calls this method for each ``str`` that it prints.
        """
        return super().render_str(printable(text), **{**options, "markup": False, "emoji": False})

    def print_line(self, line: str | Text, *, indent: int | None = None) -> None:
        """Print a line of prose. A terminal gets line breaks between words; a file or a pipe gets one line.

        A word that is longer than a line, such as a path, stays in one piece. After each break, the text begins with
        ``indent`` spaces, by default with the number of spaces at the beginning of the line.
        """
        text = line if isinstance(line, Text) else self.render_str(line)
        indent = len(text.plain) - len(text.plain.lstrip(" ")) if indent is None else indent
        ends = line_ends(text.plain, self.width - indent, first=self.width) if self.is_terminal else []
        for number, part in enumerate(text.divide(ends)):
            part.rstrip()
            self.print(Text(" " * indent).append_text(part) if number else part, soft_wrap=True)


def shortened(text: str, width: int) -> str:
    """Return a text in the form of ``printable``. If the text is wider than ``width``, a sign replaces its middle.

    The names of exports often begin alike or end alike, so people need both ends to tell the names apart.
    """
    text = printable(text)
    if cell_len(text) <= width:
        return text
    begin, end = text[: len(text) // 2], text[len(text) // 2 :]
    while cell_len(begin) + cell_len(end) >= width and (begin or end):
        begin, end = (begin[:-1], end) if cell_len(begin) >= cell_len(end) else (begin, end[1:])
    return f"{begin}…{end}"


def line_ends(text: str, width: int, *, first: int | None = None) -> list[int]:
    """Return the positions at which the lines of a text end, if a line is at most ``width`` characters long.

    A line ends after a space. With ``first``, the first line may be ``first`` characters long. A single word longer
    than ``width`` makes a longer line.
    """
    ends: list[int] = []
    begin, end = 0, 0
    for word in re.finditer(r"\S+ *|^ +", text):
        most = width if ends or first is None else first
        if len(text[begin : word.end()].rstrip()) > most and end > begin:
            ends.append(end)
            begin = end
        end = word.end()
    return ends


def rendered_markdown(markdown: str, *, width: int, is_styled: bool) -> str:
    """Return Markdown of this program as text for a terminal of ``width`` characters.

    If ``is_styled`` is true, the text contains styles, but never a background.
    """
    from rich.markdown import Markdown  # noqa: PLC0415 - only onboard guide needs it
    from rich.theme import Theme  # noqa: PLC0415 - likewise

    buffer = StringIO()
    console = Console(
        file=buffer,
        width=width,
        force_terminal=is_styled,
        color_system="standard" if is_styled else None,
        theme=Theme({"markdown.code": "bold", "markdown.h2": "bold underline"}),
    )
    console.print(Markdown(markdown, hyperlinks=False, code_theme="ansi_dark"))
    return buffer.getvalue()
