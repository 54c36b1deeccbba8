"""Which part of a name is given, and which is the family's?

Exports write names as they are said or as they are sorted, and a destination may want both parts. Where the parts do
not tell themselves apart, the last word is the family's: nobody is addressed by it, it is shown beside the other.
"""


def given_and_family(name: str) -> tuple[str, str]:
    """Return the parts of ``Ada Lovelace`` or ``Lovelace, Ada``; a single word is a given name."""
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma:
        return given, family
    given, _, family = " ".join(name.split()).rpartition(" ")
    return (given, family) if given else (family, "")
