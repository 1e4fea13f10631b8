"""One walk over the stack: the application's frames, and what Django's own frames tell of the query.

A stack key is a flat tuple of pairs: for Python frames `id(code), f_lasti`; for template lines a tuple of
their own and 0. Names, lines and sources are resolved later, in `finish`.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

from queryscope.capture.codes import Codes
from queryscope.capture.state import AWAITING, HERE
from queryscope.capture.verdicts import (
    DEFERRED,
    FIRST_ORM,
    FORWARD,
    GENERIC_FORWARD,
    ITERABLE,
    JINJA,
    LAST_APPLICATION,
    LIBRARY,
    MANAGER_WRITE,
    MODEL_WRITE,
    PREFETCH,
    QUERYSET_METHOD,
    RAW,
    RELATED_METHOD,
    REVERSE_ONE_TO_ONE,
    TEMPLATE_NODE,
    THREAD_HANDLER,
    THREAD_START,
    WRITE,
)

MAX_FRAMES = 40  # application frames kept of one stack
_DESCRIPTORS = (FORWARD, REVERSE_ONE_TO_ONE, GENERIC_FORWARD, DEFERRED)
_TEMPLATES = (TEMPLATE_NODE, JINJA)
_METHODS = {"_fetch_all": "iterate", "_iterator": "iterator", "__len__": "len", "__bool__": "bool"}
_MOST = 2 * MAX_FRAMES
_SHOWN = 200  # characters of a template tag


class Seen:
    """What the frames around one query told. Lives for the time of one record."""

    stack: tuple[Any, ...] = ()
    queryset: Any = None
    iterable: FrameType | None = None  # that runs the query, while the stack is read
    method = ""
    kind = 0  # a verdict
    instance: Any = None  # the owner
    attribute: Any = ""  # descriptor or name of the relation
    manager: Any = None  # the related manager that counts or writes
    lookup: Any = None  # (Prefetch, level) of a prefetch's own query


def walk_query(frame: FrameType | None, codes: Codes) -> Seen:
    """Read the stack at the moment of a query, from the inside out."""
    seen = Seen()
    key: list[Any] = []
    append = key.append
    verdicts = codes.verdicts
    is_named = False
    template = ""
    while frame is not None:
        code_id = id(frame.f_code)
        try:
            verdict = verdicts[code_id]
        except KeyError:
            verdict = codes.judge(frame.f_code)
        if verdict <= LAST_APPLICATION:
            if verdict:
                append(code_id)
                append(frame.f_lasti)
        elif verdict >= FIRST_ORM:
            # Inside of application code; what stands further out is another matter.
            if not is_named and not key:
                if verdict == QUERYSET_METHOD:
                    if seen.queryset is None:
                        seen.queryset = frame.f_locals["self"]
                    seen.method = frame.f_code.co_name
                else:
                    is_named = _name(frame, verdict, seen)
        elif verdict in _TEMPLATES:
            is_named = True
            template = template_line(frame, template, key, codes)
        elif verdict != LIBRARY:
            key += _beyond(verdict)
            break  # further out is the machinery of the server, the tests, the pool
        frame = frame.f_back
    _settle(seen)
    seen.stack = tuple(key) if len(key) <= _MOST else tuple(key[:_MOST])
    return seen


def _beyond(verdict: int) -> tuple[Any, ...]:
    """The frames of another thread that awaits or started this one's work."""
    if verdict == THREAD_HANDLER:
        return AWAITING.get()
    return HERE.carried.frames() if verdict == THREAD_START and HERE.carried is not None else ()


def _settle(seen: Seen) -> None:
    if seen.queryset is None and seen.iterable is not None:
        seen.queryset = seen.iterable.f_locals["self"].queryset
        seen.method = seen.method or "iterate"
    seen.iterable = None
    seen.method = _METHODS.get(seen.method, seen.method)


def _name(frame: FrameType, verdict: int, seen: Seen) -> bool:
    """Learn from one of Django's own frames; True when the access is named and outer frames add nothing."""
    if verdict in (ITERABLE, RAW):
        # Its queryset is read from the frame around it, where there are fewer locals to copy.
        seen.iterable = frame
        if verdict == RAW:
            seen.kind = RAW
        return False
    if verdict in _DESCRIPTORS:
        return _name_access(frame.f_locals, verdict, seen)
    return _name_more(frame, verdict, seen)


def _name_access(names: Any, verdict: int, seen: Seen) -> bool:
    """A descriptor's `__get__`: the field and its owner."""
    if names.get("instance") is None:
        return False
    seen.kind = verdict
    seen.instance = names["instance"]
    seen.attribute = names["self"]
    return True


def _name_more(frame: FrameType, verdict: int, seen: Seen) -> bool:
    code = frame.f_code
    if verdict == PREFETCH:
        names = frame.f_locals
        seen.kind = PREFETCH
        seen.instance = names["instances"][0] if names["instances"] else None
        seen.lookup = (names["lookup"], names["level"])
        return True
    if verdict in (RELATED_METHOD, MANAGER_WRITE):
        manager = frame.f_locals["self"]
        seen.kind = WRITE if verdict == MANAGER_WRITE else RELATED_METHOD
        seen.manager = manager
        seen.instance = manager.instance
        seen.method = code.co_name
    elif verdict == MODEL_WRITE:
        seen.kind = WRITE
        seen.method = "save" if code.co_name == "save_base" else code.co_name
        if seen.instance is None and code.co_qualname.startswith("Model."):
            seen.instance = frame.f_locals["self"]
    elif verdict == WRITE:
        seen.kind = WRITE
        seen.method = code.co_name.strip("_")
        if seen.queryset is None:
            seen.queryset = frame.f_locals["self"]
    return False


def template_line(frame: FrameType, last: str, key: list[Any], codes: Codes) -> str:
    """Add a template line unless the frame inside already stands for that template; returns its name."""
    if codes.verdicts.get(id(frame.f_code)) == JINJA:
        key += (_jinja_line(frame), 0)
        return ""
    node = frame.f_locals.get("self")
    token = getattr(node, "token", None)
    origin = getattr(node, "origin", None)
    name = getattr(origin, "name", "") or ""
    if token is None or name == last or not codes.project.is_application(name):
        return last
    key += ((name, token.lineno, token.token_type.name, str(token.contents)[:_SHOWN]), 0)
    return name


def _jinja_line(frame: FrameType) -> tuple[Any, ...]:
    """Where a compiled Jinja2 template stands: its file, the line of its Python, and how to map it."""
    return (frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("debug_info", ""), "jinja")
