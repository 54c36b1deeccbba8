"""Names that steer a terminal, hide, or turn a line around, and a recording of what a terminal gets to see."""

import os
import pty
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

HOSTILE = [
    "\x1b[2J", "\x1b[H", "\x1b]0;title\x07", "\x1b]8;;https://x.example\x1b\\link", "\x1b[31mred", "\x1b[8mhidden",
    "\x1b[1A\x1b[2K", "\x1bc", "\x1b[?1049h", "\x1b]52;c;eA==\x07", "\x1bP1$r\x1b\\", "\x1b[5n", "\x1b_x\x1b\\",
    "\x9b2J", "\x9d0;title\x9c", "\x90q\x9c", "\x85next", "\x84index", "\a", "\b\b\b", "\r", "\nfake line", "\t",
    "\v\f", "\x7f", "\x0e", "\u202egnp.exe", "\u2066x\u2069", "\u200f", "\u061c", "\u200b", "\u200d", "\ufeff",
    "\u2028line", "\u2029paragraph", "\u2060", "\u3164", "\U000e0041\U000e007f", "[/]", "[bold red]x[/bold red]",
    "[link=https://x.example]x[/link]", ":skull:", "\\[/]", "\ud800" if os.name == "nt" else "\udcff\udc9b",
]  # fmt: skip
"""Parts of names. The last are markup and signs of a library that draws tables, and bytes that are no text."""

# What the renderer of the job itself may send: colours, moves of the cursor, erasing, showing and hiding the cursor.
_OWN = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]*[ABCDGK]|\?25[lh])|\r|\n")


@dataclass
class Recording:
    """All that was written to a terminal."""

    raw: bytes = field(default=b"", repr=False)

    @property
    def text(self) -> str:
        """What was written, as text, without what the renderer itself sends."""
        return _OWN.sub("", self.raw.decode(errors="surrogateescape"))

    @property
    def plain(self) -> str:
        """The lines that were written, without what the renderer itself sends to style them."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", self.raw.decode(errors="surrogateescape"))

    @property
    def hidden(self) -> set[str]:
        """The characters in it that nobody sees, or that steer the terminal."""
        invisible = {"\u3164", "\ufe0f", "\u2800", "\u115f"}
        return {sign for sign in self.text if not sign.isprintable() or sign in invisible}


@contextmanager
def recorded_terminal() -> Iterator[Recording]:
    """Make stdout and stderr one real terminal inside the block, and record all that is written to it."""
    recording = Recording()
    master, slave = pty.openpty()

    def read() -> None:
        while True:
            try:
                recording.raw += os.read(master, 65_536)
            except OSError:  # the terminal was closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with (
            os.fdopen(slave, "w", encoding="utf-8", errors="strict") as stream,
            redirect_stdout(stream),
            redirect_stderr(stream),
        ):
            yield recording
    finally:
        reader.join()
        os.close(master)
