"""The names of the files that a run writes for itself and then reads like exports.

A file of this kind lists people to carry over from an earlier run, or the members of another account.
"""

import re

CARRIED_OVER = "carried over from run "
MEMBERS = "members of account "

_OWN = re.compile(rf"{CARRIED_OVER}\S+|{MEMBERS}\S+ \([^/]+\)")


def is_own(source: str) -> bool:
    """Say whether a source is a file that a run wrote for itself.

    The name of a file of this kind is a phrase instead of a path.
    """
    return _OWN.fullmatch(source) is not None
