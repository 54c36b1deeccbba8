"""The blank characters: white space of any script, and invisible characters.

The module loads no pyarrow, so that light modules can import it.
"""

_INVISIBLE_RANGES = (range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2065), range(0x2066, 0x206A))
INVISIBLE = "\u00ad\u034f\u061c\u180e\ufeff" + "".join(chr(code) for codes in _INVISIBLE_RANGES for code in codes)
"""Characters without ink or width: soft hyphens, joiners, marks of direction, BOM."""

ASCII_BLANK = " \t\n\v\f\r\x1a\x1c\x1d\x1e\x1f"
BLANK = (
    ASCII_BLANK
    + "\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
    + INVISIBLE
)
"""White space of any script, invisible characters, and the end-of-file sign of DOS.

A cell with only these characters is empty. Comparisons ignore these characters around a word.
"""
