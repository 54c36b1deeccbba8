"""The set-up of the log on stderr, as JSON or coloured lines, and the mask over texts that look like addresses.

The code logs only counts, chunk numbers and positions of rows. In addition, a processor masks each text that looks like
an address, also in lines of other libraries. The loggers of the HTTP stack always stay at WARNING, since their DEBUG
lines contain whole requests. For an exception, the log shows the type and the lines of code that raised it. The log
leaves out the text of the exception, since the text may quote a row.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor, WrappedLogger

from onboarding.model.printable import printable
from onboarding.runtime.colour import has_colour, is_terminal

LIBRARY_LEVELS = {
    **dict.fromkeys(("boto3", "botocore", "urllib3", "s3transfer", "sqlalchemy"), logging.WARNING),
    # psycopg also logs a warning for an error that it raises. The warning names the user and the database.
    "psycopg": logging.ERROR,
}
"""The lowest level of each library's lines in the log."""

MASK = "[masked]"

# The mask replaces the whole word, since an address may begin with almost any character. The expression matches at the
# beginning of words only: anywhere else, a long word without an address would take quadratic time.
_ADDRESS = re.compile(r"(?<!\S)\S*?(?:[@＠﹫]|%40)\S*")
_OWN_KEYS_OF_STRUCTLOG = frozenset({"_record", "_from_structlog"})


def configure(*, level: str | None, log_format: str) -> None:
    """Send structlog's and the standard library's log lines to stderr through one chain of processors.

    ``log_format`` is ``json``, ``console`` or ``auto`` (console on a terminal). ``level`` is the lowest level in the
    log. None means ``warning`` on a terminal, where the operator wants to see progress and the result, and ``info``
    elsewhere. The function also removes the id of an earlier run from later lines (``name_run``).
    """
    structlog.contextvars.clear_contextvars()
    is_read_by_people = is_terminal(sys.stderr)
    level = level or ("warning" if is_read_by_people else "info")
    as_json = log_format == "json" or (log_format == "auto" and not is_read_by_people)
    rendering: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [show_hidden, structlog.dev.ConsoleRenderer(colors=has_colour(sys.stderr))]
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _shorten_exception,
        mask,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)  # a library's warning may quote a file
    for name, lowest in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(lowest)


def get_logger() -> FilteringBoundLogger:
    """Return a logger for a module of this package. Each line of the logger follows structlog's current configuration.

    Before a program configures structlog, the logger writes nothing, since structlog itself would print to stdout. A
    Python program that uses this package configures structlog itself. Even then, the mask changes each line first.
    """
    return cast("FilteringBoundLogger", _PackageLogger())


class _PackageLogger:
    """A logger that looks up the configuration of structlog for each line."""

    def __getattr__(self, method: str) -> Callable[..., object]:
        if not structlog.is_configured():
            return _write_nothing
        processors = [_shorten_exception, mask, *structlog.get_config()["processors"]]
        found: Callable[..., object] = getattr(structlog.wrap_logger(None, processors=processors), method)
        return found


def _write_nothing(*_words: object, **_fields: object) -> None:
    """Do nothing. While structlog is not configured, this function replaces each method of a logger."""


def name_run(run_id: str) -> None:
    """Put the id of a run on each later line of the log, also on the lines after the end of the run.

    The next call of ``configure`` removes the id again. The lines of another thread contain the id only if the thread
    runs in a copy of this context.
    """
    structlog.contextvars.bind_contextvars(run_id=run_id)


class _StderrHandler(logging.StreamHandler[TextIO]):
    """A handler that looks up ``sys.stderr`` for each line.

    A progress bar replaces ``sys.stderr``, so that lines of the log appear above the bar.
    """

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        pass

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Print the place in the code of a lost log line.

        Logging's own method would also print the line's arguments, which may contain addresses.
        """
        with suppress(OSError, ValueError):  # perhaps because stderr is closed
            self.stream.write(f"log line lost: {Path(record.pathname).name}:{record.lineno}\n")


def mask(_logger: WrappedLogger, _method: str, event: MutableMapping[str, object]) -> Mapping[str, object]:
    """Mask all texts in a log line that look like addresses, at any depth (a structlog processor)."""
    return {
        _masked_text(key): value if key in _OWN_KEYS_OF_STRUCTLOG else _masked(value) for key, value in event.items()
    }


def show_hidden(_logger: WrappedLogger, _method: str, event: MutableMapping[str, object]) -> Mapping[str, object]:
    """Make a line ``printable``, since a person reads it on a terminal (a structlog processor, after ``mask``)."""
    return {
        printable(key): value if value is None or isinstance(value, int | float) else printable(str(value))
        for key, value in event.items()
    }


def masked(text: str) -> str:
    """Return the text with a mask in place of each part that looks like an address."""
    return _ADDRESS.sub(MASK, text)


def _masked(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {_masked_text(key): _masked(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(item) for item in value]
        case _:
            return _masked_text(value)


def _masked_text(value: object) -> str:
    return masked(str(value))


def _shorten_exception(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Replace an exception with its type and its lines of code, since its text may quote a row or a request."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        places = traceback.extract_tb(error.__traceback__)
        event["exception"] = type(error).__name__
        event["at"] = [f"{Path(place.filename).name}:{place.lineno}" for place in places]
    return event
