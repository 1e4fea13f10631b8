"""Reads one local variable of a running frame, and leaves nothing of the others behind."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

_COPIES = sys.version_info < (3, 13)  # later, `f_locals` is a view (PEP 667)
_OWN_REFERENCES = 3  # the frame's, ours, and that of the count's argument


def local_of(frame: FrameType, name: str) -> Any:
    """The value of that local variable of a function, or None.

    Before Python 3.13 reading `f_locals` leaves a copy of all locals with the frame, which keeps them alive
    for as long as it runs. Where nobody else has that copy it is emptied; what called `locals()` keeps it.
    """
    names = frame.f_locals
    value = names.get(name)
    if _COPIES and sys.getrefcount(names) == _OWN_REFERENCES:
        names.clear()
    return value
