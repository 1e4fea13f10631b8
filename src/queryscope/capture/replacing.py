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
_retired: list[tuple[Any, Any]] = []  # replacement, original


def replace(holder: type, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of an attribute: a function that closes over `original` alone."""
    is_own = name in holder.__dict__
    original = _beneath(holder.__dict__[name] if is_own else getattr(holder, name))
    replacement = make(original)
    replacement.__code__ = _placed(replacement.__code__, holder)
    update_wrapper(replacement, original)
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
            _retired.append((replacement, original))


def _beneath(found: Any) -> Any:
    """What stood there before: a retired replacement that its wrapper has put back isn't wrapped again."""
    for replacement, original in _retired:
        if found is replacement:
            return original
    return found


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
