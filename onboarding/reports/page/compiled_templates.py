"""Keep the page's compiled templates beside Python's compiled modules, so that only the first run compiles them."""

import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache

from onboarding.runtime.descriptors import open_unlinked

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


class CompiledTemplates(BytecodeCache):
    """The compiled templates of one folder, stored where Python stores the compiled modules of that folder.

    The rules are the rules of Python: ``PYTHONPYCACHEPREFIX`` moves the folder, and with ``PYTHONDONTWRITEBYTECODE``
    nothing is written. Nothing is written either if the folder is not writable. A person who can write to this folder
    can also change the program itself. ``options`` is a text about how templates are compiled. With other options,
    templates are compiled again.
    """

    def __init__(self, folder: Path, options: str) -> None:
        self._folder = folder
        self._options = options
        self._jinja = version("jinja2")

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja sets the arguments
        """Return the name of a template, which identifies the template in its folder."""
        return name

    def get_source_checksum(self, source: str) -> str:
        """Return a hash of the template, the options and the version of Jinja."""
        return sha256(f"{self._jinja}\0{self._options}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template into ``bucket``, if a file has a compiled form of the same template."""
        # Jinja reads the file with pickle, which raises almost any error if the file is damaged.
        with suppress(Exception), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template, whole or not at all. With any umask, other users cannot write to the file."""
        if sys.dont_write_bytecode:
            return
        path = self._path(bucket)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
            descriptor = open_unlinked(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
            try:
                with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
                    bucket.write_bytecode(file)
                unfinished.replace(path)
            except OSError:
                unfinished.unlink()

    def _path(self, bucket: Bucket) -> Path:
        return Path(cache_from_source(str(self._folder / f"{bucket.key}.py")))
