"""What does a column call itself, once the way it is written no longer matters?"""

import re
import unicodedata

_NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_LAST_WORDS = re.compile(r" (?:required|optional)$")


def plain_words(name: str) -> str:
    """Return a column's name as aliases are compared: ``Email-Address [Required]`` becomes ``email address``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = unicodedata.normalize("NFKD", text.replace("#", " number ")).casefold().replace("ł", "l")
    text = "".join(character for character in text if not unicodedata.combining(character))
    return re.sub(r"\be (mail|post)", r"e\1", " ".join(re.findall(r"[^\W_]+", text)))


def compact(name: str) -> str:
    """Return a column's name as whole names are compared: without notes in brackets, and without spaces."""
    return _LAST_WORDS.sub("", plain_words(_NOTE.sub(" ", name))).replace(" ", "")
