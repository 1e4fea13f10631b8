"""Captures as text: JSON in an envelope that says which layout it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

import queryscope
from queryscope.errors import StoreError
from queryscope.model import Capture

LAYOUT = 2  # raised when a capture of an older queryscope can't be read any more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    layout: int
    queryscope: str
    captures: msgspec.Raw


def encode(captures: Sequence[Capture]) -> bytes:
    """The captures as JSON. Parameters are no part of a capture, so none can get in."""
    inner = msgspec.json.encode(tuple(captures))
    return msgspec.json.encode(
        _Envelope(layout=LAYOUT, queryscope=queryscope.__version__, captures=msgspec.Raw(inner))
    )


def decode(text: bytes | str) -> tuple[Capture, ...]:
    """The captures that `encode` wrote.

    Raises:
        StoreError: the text is cut short, isn't a capture, or is of another layout.
    """
    try:
        envelope = msgspec.json.decode(text, type=_Envelope)
        if envelope.layout != LAYOUT:
            raise StoreError(f"was written by queryscope {envelope.queryscope!r} in another layout")
        return msgspec.json.decode(envelope.captures, type=tuple[Capture, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(f"isn't a capture, or is cut short ({type(error).__name__})") from None
