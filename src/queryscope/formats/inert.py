"""Text of strangers made harmless: control characters become visible escapes."""

from __future__ import annotations

import re

# C0 and C1 controls, line and paragraph separators, bidirectional overrides, invisible joiners that
# let a name pose as another, the byte order mark, and lone surrogates, which no encoding can write.
_ACTIVE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff\ud800-\udfff]")
_ACTIVE_BLOCK = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff\ud800-\udfff]"
)


def inert(text: str) -> str:
    """One line: line breaks and tabs become spaces, every other active character its escape."""
    return _ACTIVE.sub(_escape, re.sub("[\t\r\n]+", " ", text))


def inert_block(text: str) -> str:
    """Several lines: line feeds and tabs stay."""
    return _ACTIVE_BLOCK.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shorten(text: str, width: int) -> str:
    """At most `width` characters, with an ellipsis where something is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def shorten_place(place: str, width: int) -> str:
    """A `path:line` in about `width` characters: folders go first, the number of the line stays."""
    line = place.rpartition(":")[2]
    if len(place) <= width or not line.isdigit():
        return shorten(place, width)
    end = place[-max(width - 1, len(line) + 1) :]
    folder = end.find("/")
    return "…" + (end[folder:] if folder >= 0 else end)
