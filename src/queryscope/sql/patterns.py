"""The form of a pattern: where it is open, and how long its longest word is. Never what it says."""

from __future__ import annotations

import re

_LIKE_PART = re.compile(r"\\(?P<escaped>.)|(?P<wild>[%_])|(?P<plain>[^\\%_]+)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_OPEN = re.compile(r"\\[A-Za-z0-9]|\[\^?\]?[^\]]*\]|\(\?[a-z:=!<]*|[.^$()]|[^\\\[\].]?(?:[*?]|\{0,?\d*\})")
_COUNTED = re.compile(r"[+]|\{\d*,?\d*\}")


def longest_word(text: str) -> int:
    """Length of the longest run of letters and digits: a trigram index needs three."""
    return max((len(run) for run in _WORD.findall(text)), default=0)


def trigram_length(text: str) -> int:
    """The longest word of a LIKE, its wildcards NULs: a trigram needs three characters.

    One more counts on each side where another character ends the word: `%AB-77%` has the trigram "AB " (of
    pg_trgm's words each begins and ends with blanks).
    """
    lengths = [
        len(run.group())
        + (text[run.start() - 1 : run.start()] not in ("", "\0"))
        + (text[run.end() : run.end() + 1] not in ("", "\0"))
        for run in _WORD.finditer(text)
    ]
    return max(lengths, default=0)


def like_pattern(pattern: str) -> tuple[str, int]:
    """ "prefix", "suffix", "infix", "exact" or "mixed" of a LIKE; and how long its longest word is."""
    marks = "".join("?" if match["wild"] else "." for match in _LIKE_PART.finditer(pattern))
    text = "".join(
        "\0" if match["wild"] else (match["escaped"] or match["plain"])
        for match in _LIKE_PART.finditer(pattern)
    )
    length = trigram_length(text)
    middle = marks.strip("?")
    if not middle:
        return "mixed", 0
    if "?" not in marks:
        return "exact", length
    if not marks.startswith("?"):
        return "prefix", length
    return ("infix" if marks.endswith("?") else "suffix"), length


def regex_pattern(pattern: str) -> tuple[str, int]:
    """ "prefix" or "infix" of a regular expression; and the longest word that every match must have."""
    alternatives = pattern.split("|")
    length = min(longest_word(_COUNTED.sub("\0", _OPEN.sub("\0", one))) for one in alternatives)
    is_anchored = len(alternatives) == 1 and re.match(r"\^[^\W_]", pattern) is not None
    return ("prefix" if is_anchored else "infix"), length
