"""One walk over the stack: the application's frames, and what Django's own frames tell of the query.

A stack key is a flat tuple of pairs: for Python frames `id(code), f_lasti`; for template lines a tuple of
their own and 0; for what was walked before the number of a tail and `KNOWN`. Names, lines and sources are
resolved later, in `finish`.
"""

from __future__ import annotations

from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import FrameType
from typing import Any

from queryscope.capture.codes import Codes
from queryscope.capture.local_names import local_of
from queryscope.capture.stacks import KNOWN, Lines, Passed, Stacks, Tail
from queryscope.capture.state import AWAITING, HERE
from queryscope.capture.verdicts import (
    DEFERRED,
    FIRST_ORM,
    FORWARD,
    GENERIC_FORWARD,
    ITERABLE,
    JINJA,
    LAST_APPLICATION,
    LAST_SHOWN,
    LIBRARY,
    MANAGER_WRITE,
    MODEL_WRITE,
    PREFETCH,
    QUERYSET_METHOD,
    RAW,
    RELATED_METHOD,
    REVERSE_ONE_TO_ONE,
    THREAD_HANDLER,
    THREAD_START,
    WRITE,
)

_DESCRIPTORS = (FORWARD, REVERSE_ONE_TO_ONE, GENERIC_FORWARD, DEFERRED)
_SHOWN = 200  # characters of a template tag
_MOST_LINES = 1000  # of templates, known at a time: some are compiled anew for each page
# Frames that are noted stand that many times further out each time, and a tail that was found that many
# entries of a key further out is worth another one further in.
_SPACING = 4
_FAR = 24
_RESUMABLE = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR  # may go on under another caller


class Seen:
    """What the frames around one query told. Lives for the time of one record."""

    stack: tuple[Any, ...] = ()
    queryset: Any = None
    method = "iterate"  # the name of the function; METHODS of places has its own word for some
    kind = 0  # a verdict
    instance: Any = None  # the owner
    attribute: Any = ""  # descriptor or name of the relation
    manager: Any = None  # the related manager that counts or writes
    lookup: Any = None  # (Prefetch, level) of a prefetch's own query


def walk_query(frame: FrameType | None, stacks: Stacks) -> Seen:
    """Read the stack at the moment of a query, from the inside out."""
    seen = Seen()
    iterable: FrameType | None = None  # the frame around it has fewer locals to copy, if there is one
    verdicts = stacks.codes.verdicts
    is_named = False
    while frame is not None:
        code = frame.f_code
        try:
            verdict = verdicts[id(code)]
        except KeyError:
            verdict = stacks.codes.judge(code)
        if not verdict:
            pass
        elif verdict < FIRST_ORM:
            if verdict != LIBRARY:  # what stands outside of application code is another matter
                tail: Any = frame.f_trace
                is_known = tail.__class__ is Tail and tail.token == stacks.token and not tail.template
                if is_known and verdict <= LAST_APPLICATION:
                    seen.stack = (id(code), frame.f_lasti, tail.number, KNOWN)
                else:
                    seen.stack = _shown(frame, stacks)
                break
        elif is_named:
            pass
        elif verdict == QUERYSET_METHOD:
            seen.queryset = frame.f_locals["self"] if seen.queryset is None else seen.queryset
            seen.method = code.co_name
        elif verdict == ITERABLE:
            iterable = frame
        else:
            is_named = _name(frame, verdict, seen)
        frame = frame.f_back
    if iterable is not None and seen.queryset is None:
        seen.queryset = iterable.f_locals["self"].queryset
    return seen


def _shown(frame: FrameType | None, stacks: Stacks) -> tuple[Any, ...]:
    """The stack key from a frame on that shows in it, or that ends it. Leaves notes for the next walk."""
    verdicts, token, template, count, due = stacks.codes.verdicts, stacks.token, "", 0, 0
    key: list[Any] = []
    passed: list[Passed] = []  # frames of which the rest may be worth a note, ever further apart
    is_stale = False
    while frame is not None:
        code_id = id(code := frame.f_code)
        try:
            verdict = verdicts[code_id]
        except KeyError:
            verdict = stacks.codes.judge(code)
        if not verdict:
            pass
        elif verdict <= LAST_SHOWN:
            if verdict <= LAST_APPLICATION:
                key.append(code_id)
                key.append(frame.f_lasti)
            tail: Any = frame.f_trace
            if tail is not None and tail.__class__ is Tail and tail.token == token:
                if tail.template == template:
                    key += (tail.number, KNOWN)
                    break
                is_stale = True
            if count >= due and not code.co_flags & _RESUMABLE:
                passed.append((frame, len(key), template))
                due = _SPACING * count or 1  # the second one runs on while the first is called again
            count += 1
            if verdict > LAST_APPLICATION:
                template = template_line(frame, template, key, stacks.codes, stacks.lines)
        elif verdict < FIRST_ORM and verdict != LIBRARY:
            key += _beyond(verdict)
            break  # further out is the machinery of the server, the tests, the pool
        frame = frame.f_back
    if passed and (is_stale or not key or key[-1] != KNOWN or len(key) > _FAR):
        stacks.leave(passed, key)
    return tuple(key)


def _beyond(verdict: int) -> tuple[Any, ...]:
    """The frames of another thread that awaits or started this one's work."""
    if verdict == THREAD_HANDLER:
        return AWAITING.get()
    return HERE.carried.frames() if verdict == THREAD_START and HERE.carried is not None else ()


def _name(frame: FrameType, verdict: int, seen: Seen) -> bool:
    """Learn from one of Django's own frames; True when the access is named and outer frames add nothing."""
    if verdict == RAW:
        seen.kind = RAW
        seen.queryset = frame.f_locals["self"].queryset
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


def template_line(
    frame: FrameType, last: str, key: list[Any], codes: Codes, known: Lines | None = None
) -> str:
    """Add a template line unless the frame inside already stands for that template; returns its name."""
    if codes.verdicts.get(id(frame.f_code)) == JINJA:
        key += (_jinja_line(frame), 0)
        return ""
    node = local_of(frame, "self")
    found = None if known is None else known.get(id(node))
    if found is None:
        found = (*_node_line(node, codes), node)
        if known is not None:
            if len(known) >= _MOST_LINES:
                known.clear()
            known[id(node)] = found
    name, line, _ = found
    if line is None or name == last:
        return last
    key += (line, 0)
    return name


def _node_line(node: Any, codes: Codes) -> tuple[str, tuple[Any, ...] | None]:
    """Template and line of a node; no line where it isn't one of the application's."""
    token = getattr(node, "token", None)
    name = getattr(getattr(node, "origin", None), "name", "") or ""
    if token is None or not codes.is_template(name):
        return (name, None)
    return (name, (name, token.lineno, token.token_type._name_, str(token.contents)[:_SHOWN]))


def _jinja_line(frame: FrameType) -> tuple[Any, ...]:
    """Where a compiled Jinja2 template stands: its file, the line of its Python, and how to map it."""
    return (frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("debug_info", ""), "jinja")
