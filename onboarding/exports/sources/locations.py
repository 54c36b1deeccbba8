"""Which files do the locations that a user names stand for?"""

import hashlib
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from onboarding.exports.sources.files import Source, files_at
from onboarding.exports.sources.s3 import objects_at
from onboarding.model.errors import ConfigurationError
from onboarding.runtime.s3 import SCHEME

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


BLOCK_BYTES = 1 << 20


def digests(locations: Sequence[str], s3: Callable[[], "S3Client"]) -> dict[str, str]:
    """Return the SHA-256 of each file at the given locations, by its name. Raises as ``find`` does."""
    return {source.name: digest_of(source) for source in find(locations, s3)}


def digest_of(source: Source) -> str:
    """Return the SHA-256 of a file. Raises ``InputRefused``."""
    digest = hashlib.sha256()
    for _ in source.blocks(BLOCK_BYTES, digest):
        pass
    return digest.hexdigest()


def find(locations: Sequence[str], s3: Callable[[], "S3Client"]) -> tuple[Source, ...]:
    """Return the files at the given locations, each once, in the order given and sorted within a location.

    ``files_at`` and ``objects_at`` say what a location may be; ``s3`` is called for those that are in S3. Raises
    ``InputRefused``, and ``AccessRefused`` where S3 does.
    """
    found: dict[Hashable, Source] = {}
    for location in locations:
        at = objects_at(location, s3) if location.startswith(SCHEME) else files_at(location)
        for source in at:
            found.setdefault(source.identity, source)
    if not found:
        raise ConfigurationError("no export was named: give a file, a folder, a pattern or an s3:// URI")
    return tuple(found.values())
