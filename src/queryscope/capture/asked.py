"""Who asked for a query, or built a queryset: the application's own code, or a library that it calls."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from queryscope.capture.codes import Codes, is_manager
from queryscope.capture.local_names import local_of
from queryscope.capture.verdicts import FIRST_ORM, JINJA, LIBRARY, SKIP, TEMPLATE_NODE
from queryscope.capture.walk import template_line

# They have no models: what they ask for was handed to them.
_PASSING_ON = frozenset({"django", "jinja2"}) | sys.stdlib_module_names


def is_asked_by_library(frame: FrameType | None, codes: Codes) -> bool:
    """Whether code of a library stands between the ORM and the innermost code of the application.

    What stands inside of the ORM's own frames only watches: the cursor of another tool.
    """
    return _is_librarys(frame, codes, is_outside=False)


def is_built_by_library(frame: FrameType | None, codes: Codes) -> bool:
    """The same of a queryset that is being built; `frame` calls the ORM."""
    return _is_librarys(frame, codes, is_outside=True)


def _is_librarys(frame: FrameType | None, codes: Codes, *, is_outside: bool) -> bool:
    while frame is not None:
        verdict = _verdict(frame, codes)
        if verdict >= FIRST_ORM:
            is_outside = True
        elif verdict == LIBRARY:
            if is_outside and asks_by_itself(frame):
                return True
        elif verdict in (TEMPLATE_NODE, JINJA):
            if _is_shown(frame, codes):
                return False
        elif verdict != SKIP:  # application code, or the machinery around it
            return False
        frame = frame.f_back
    return False


def asks_by_itself(frame: FrameType) -> bool:
    """Whether a frame of a library does more than pass on what the application asks.

    Methods of managers and querysets are how the application asks, whoever wrote them.
    """
    module = str(frame.f_globals.get("__name__", ""))
    if module.partition(".")[0] in _PASSING_ON and not module.startswith("django.contrib."):
        return False
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] != "self":
        return True
    return not is_manager(type(local_of(frame, "self")))


def _verdict(frame: FrameType, codes: Codes) -> int:
    verdict = codes.verdicts.get(id(frame.f_code))
    return codes.judge(frame.f_code) if verdict is None else verdict


def _is_shown(frame: FrameType, codes: Codes) -> bool:
    """Whether it is a line of one of the application's templates."""
    found: list[Any] = []
    template_line(frame, "", found, codes)
    return bool(found)


def asked_through(frame: FrameType | None, codes: Codes) -> str:
    """The library between the ORM and the application's innermost code: "django.forms", "rest_framework".

    "" where the application calls the ORM itself. The standard library and managers don't count.
    """
    while frame is not None:
        verdict = _verdict(frame, codes)
        if verdict == LIBRARY:
            name = _library(frame)
            if name:
                return name
        elif verdict != SKIP and verdict < FIRST_ORM:
            return ""
        frame = frame.f_back
    return ""


def _library(frame: FrameType) -> str:
    module = str(frame.f_globals.get("__name__", "")).split(".")
    if module[0] in sys.stdlib_module_names or module[:2] in (["django", "dispatch"], ["django", "utils"]):
        return ""
    first = frame.f_code.co_varnames[:1] if frame.f_code.co_argcount else ()
    if first == ("self",) and is_manager(type(local_of(frame, "self"))):
        return ""
    return ".".join(module[:2] if module[0] == "django" else module[:1])
