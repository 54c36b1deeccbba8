"""What does the ledger keep of an address once the address itself is forgotten?"""

import hashlib

HASH_BYTES = 16


def hashed(key: str, secret: bytes) -> bytes:
    """Return the keyed hash of an address's key: who has no ``secret`` cannot ask for whom it stands."""
    return hashlib.blake2b(key.encode(), key=secret, digest_size=HASH_BYTES).digest()
