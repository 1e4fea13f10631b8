"""Attributes of others replaced for a while and put back by identity, whoever else replaces them meanwhile.

A tool that wraps one of ours and outlives it keeps ours inside of its own: ours is then *retired*, and only
passes calls on, for good. When that tool ends it puts ours back; the next recorder removes it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from inspect import iscoroutinefunction, isgeneratorfunction
from pathlib import Path
from types import CodeType
from typing import Any

# Holder, name, original, replacement, and whether the holder had it itself or from a base.
_replaced: list[tuple[type, str, Any, Any, bool]] = []
_retired: list[tuple[Any, Any, bool]] = []  # replacement, original, whether it was the holder's own
# Replacements by holder, name and what made them, for the next time: a request is a recorder of its own.
_made: dict[tuple[type, str, Callable[[Any], Any]], tuple[Any, Any]] = {}


def replace(holder: type, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of an attribute: a function that closes over `original` alone."""
    original, is_own = _beneath(holder, name)
    made = _made.get((holder, name, make))
    if made is not None and made[0] is original:
        replacement = made[1]
    else:
        replacement = make(original)
        replacement.__code__ = _placed(replacement.__code__, holder)
        update_wrapper(replacement, original)
        _made[holder, name, make] = (original, replacement)
    setattr(holder, name, replacement)
    _replaced.append((holder, name, original, replacement, is_own))


def restore_all() -> None:
    """Put everything back that nobody wrapped; what somebody wrapped passes calls on from now on."""
    while _replaced:
        holder, name, original, replacement, is_own = _replaced.pop()
        if holder.__dict__.get(name) is replacement:
            if is_own:
                setattr(holder, name, original)
            else:
                delattr(holder, name)
        else:
            # Else it would see what the next replacement sees already.
            passing_on = _passing_on(original, replacement)
            replacement.__code__ = _placed(passing_on.__code__, holder)
            _retired.append((replacement, original, is_own))
            for key, (_, made) in list(_made.items()):
                if made is replacement:
                    del _made[key]


def _beneath(holder: type, name: str) -> tuple[Any, bool]:
    """What stood there before: a retired replacement that its wrapper has put back isn't wrapped again."""
    found = getattr(holder, name) if name not in holder.__dict__ else holder.__dict__[name]
    for replacement, original, is_own in _retired:
        if found is replacement:
            return original, is_own
    return found, name in holder.__dict__


def _placed(code: CodeType, holder: type) -> CodeType:
    """That code, with a file beside the holder's for its name.

    A warning that is to be told of the program's line passes over the files of the library that warns, and
    only over those (`skip_file_prefixes`, which Django uses).
    """
    module = getattr(sys.modules.get(holder.__module__), "__file__", None) or "<unknown>"
    own = Path(code.co_filename).name
    return code.replace(co_filename=f"{module}, wrapped by queryscope/capture/{own}")


def _passing_on(original: Any, replacement: Any) -> Any:
    """A function that only calls the original; of the replacement's kind, as a change of its code demands."""

    def passing_on(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    def yielding(*args: Any, **kwargs: Any) -> Any:
        yield from original(*args, **kwargs)

    async def awaiting(*args: Any, **kwargs: Any) -> Any:
        return await original(*args, **kwargs)

    if iscoroutinefunction(replacement):
        return awaiting
    return yielding if isgeneratorfunction(replacement) else passing_on
