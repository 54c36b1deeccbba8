"""Keep the page's compiled templates beside Python's compiled modules, so that only the first run compiles them."""

import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """The compiled templates of one folder, in the folder that Python has for compiled modules of that folder.

    The rules are Python's own: ``PYTHONPYCACHEPREFIX`` moves the folder, ``PYTHONDONTWRITEBYTECODE`` keeps it as it is,
    and nothing is kept if the folder cannot be written. Who can write there can change the program itself.
    ``options`` is a text that differs if templates are compiled in another way.
    """

    def __init__(self, folder: Path, options: str) -> None:
        self._folder = folder
        self._options = options

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja sets the arguments
        """Return the name of a template, which identifies the template in its folder."""
        return name

    def get_source_checksum(self, source: str) -> str:
        """Return a hash that differs if the template, the options or the version of Jinja differ."""
        return sha256("\0".join((version("jinja2"), self._options, source)).encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template into ``bucket``, if there is one that was made from the same template."""
        with suppress(OSError, EOFError, ValueError, TypeError), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template, whole or not at all."""
        if sys.dont_write_bytecode:
            return
        path = self._path(bucket)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            with unfinished.open("xb") as file:
                bucket.write_bytecode(file)
            unfinished.replace(path)

    def _path(self, bucket: Bucket) -> Path:
        return Path(cache_from_source(str(self._folder / f"{bucket.key}.py")))
