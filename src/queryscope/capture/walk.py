"""One walk over the stack: the application's frames, and what Django's own frames tell of the query.

A stack key is a flat tuple: for Python frames `id(code), f_lasti`; for template lines a tuple of their own.
Names, lines and sources are resolved later, in `finish`.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

from queryscope.capture import codes as c
from queryscope.capture.codes import Codes
from queryscope.capture.state import AWAITING, MARK, OWNER

MAX_FRAMES = 40  # application frames kept of one stack


class Seen:
    """What the frames around one query told. Lives for the time of one record."""

    __slots__ = ("attribute", "instance", "iterable", "kind", "lookup", "method", "queryset", "stack")

    def __init__(self) -> None:
        self.stack: tuple[Any, ...] = ()
        self.queryset: Any = None
        self.iterable: Any = None
        self.method = ""
        self.kind = 0  # a verdict of `codes`
        self.instance: Any = None  # the owner
        self.attribute: Any = ""
        self.lookup: Any = None  # (Prefetch, level) of a prefetch's own query


def walk_query(frame: FrameType | None, codes: Codes) -> Seen:
    """Read the stack at the moment of a query, from the inside out."""
    seen = Seen()
    key: list[Any] = []
    verdicts = codes.verdicts
    is_named = False
    template = ""
    while frame is not None:
        code = frame.f_code
        verdict = verdicts.get(id(code))
        if verdict is None:
            verdict = codes.judge(code)
        if verdict == c.SKIP or verdict == c.LIBRARY:
            pass
        elif verdict == c.APPLICATION or verdict == c.MANAGER_METHOD:
            is_named = True
            key.append(id(code))
            key.append(frame.f_lasti)
        elif verdict >= c.ITERABLE:
            if not is_named:
                is_named = _name(frame, verdict, seen)
        elif verdict == c.TEMPLATE_NODE:
            is_named = True
            template = _template_line(frame, template, key, codes)
        elif verdict == c.JINJA:
            is_named = True
            debug_info = frame.f_globals.get("debug_info", "")
            key.append((code.co_filename, frame.f_lineno, debug_info, "jinja"))
        elif verdict == c.THREAD_HANDLER:
            key.extend(AWAITING.get())
            break
        else:  # BOUNDARY: further out is the middleware's and the server's
            break
        frame = frame.f_back
    seen.stack = tuple(key[: 2 * MAX_FRAMES])
    return seen


def _name(frame: FrameType, verdict: int, seen: Seen) -> bool:
    """Learn from one of Django's own frames; True when the access is named and outer frames add nothing."""
    names = frame.f_locals
    if verdict == c.ITERABLE or verdict == c.RAW:
        if seen.queryset is None:
            seen.iterable = names["self"]
            seen.queryset = seen.iterable.queryset
            seen.method = "iterate"
        if verdict == c.RAW:
            seen.kind = c.RAW
        return False
    if verdict == c.QUERYSET_METHOD:
        if seen.queryset is None:
            seen.queryset = names["self"]
        name = frame.f_code.co_name
        if name != "_fetch_all" and name != "__getitem__":
            seen.method = name.strip("_")
        return False
    if verdict == c.WRITE:
        seen.kind = c.WRITE
        seen.method = frame.f_code.co_name.strip("_")
        if seen.queryset is None:
            seen.queryset = names.get("self")
        return False
    if verdict == c.PREFETCH:
        seen.kind = c.PREFETCH
        instances = names["instances"]
        seen.instance = instances[0] if instances else None
        seen.lookup = (names["lookup"], names["level"])
        return True
    if verdict == c.RELATED_METHOD:
        seen.queryset = seen.queryset if seen.queryset is not None else names["self"]
        seen.method = frame.f_code.co_name
        seen.kind = c.RELATED_METHOD
        seen.instance = names["self"].instance
        seen.attribute = names["self"].prefetch_cache_name
        return False
    return verdict != c.RELATED_MANAGER and _name_access(names, verdict, seen)


def _name_access(names: Any, verdict: int, seen: Seen) -> bool:
    """A descriptor's `__get__`: the field and its owner."""
    if names.get("instance") is None:
        return False
    seen.kind = verdict
    seen.instance = names["instance"]
    seen.attribute = names["self"]
    return True


def _template_line(frame: FrameType, last: str, key: list[Any], codes: Codes) -> str:
    """Add a template line unless the frame inside already stands for that template; returns its name."""
    node = frame.f_locals.get("self")
    token = getattr(node, "token", None)
    origin = getattr(node, "origin", None)
    name = getattr(origin, "name", "") or ""
    if token is None or name == last or not codes.project.is_application(name):
        return last
    key.append((name, token.lineno, token.token_type.name, str(token.contents)[:200]))
    return name


def mark_site(queryset: Any, frame: FrameType | None, codes: Codes) -> None:
    """Note on a queryset where it is being built: (code id, f_lasti, relation attribute, holder class id).

    Methods of managers and querysets are passed over: the root expression stands with their caller.
    """
    queryset.__dict__[MARK] = _walk_site(queryset, frame, codes)


def _walk_site(queryset: Any, frame: FrameType | None, codes: Codes) -> tuple[Any, ...]:
    verdicts = codes.verdicts
    relation = ""
    while frame is not None:
        code = frame.f_code
        verdict = verdicts.get(id(code))
        if verdict is None:
            verdict = codes.judge(code)
        if verdict == c.APPLICATION:
            if not _is_manager_method(frame, codes):
                return (id(code), frame.f_lasti, relation, 0)
        elif verdict == c.LIBRARY:
            holder = _holder(frame, codes)
            if holder:
                return (0, 0, relation, holder)
        elif verdict == c.RELATED_MANAGER:
            relation = _manager_attribute(frame.f_locals["self"], queryset)
        elif verdict == c.TEMPLATE_NODE or verdict == c.JINJA:
            return _template_site(frame, verdict, relation, codes)
        elif verdict == c.THREAD_HANDLER:
            awaiting = AWAITING.get()
            return (*awaiting[:2], relation, 0) if len(awaiting) > 1 else (0, 0, relation, 0)
        elif verdict == c.BOUNDARY:
            break
        frame = frame.f_back
    return (0, 0, relation, 0)


def _template_site(frame: FrameType, verdict: int, relation: str, codes: Codes) -> tuple[Any, ...]:
    if verdict == c.JINJA:
        found: list[Any] = [
            (frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("debug_info", ""), "jinja")
        ]
    else:
        found = []
        _template_line(frame, "", found, codes)
    return (found[0] if found else 0, 0, relation, 0)


def _is_manager_method(frame: FrameType, codes: Codes) -> bool:
    code = frame.f_code
    if not code.co_argcount or "." not in code.co_qualname:
        return False
    return codes.is_manager_method(code, frame.f_locals.get(code.co_varnames[0]))


def _holder(frame: FrameType, codes: Codes) -> int:
    """The id of the application class that a library method works for; 0 if there is none."""
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] != "self":
        return 0
    holder = type(frame.f_locals.get("self"))
    return codes.holder_id(holder)


def _manager_attribute(manager: Any, queryset: Any) -> str:
    if hasattr(manager, "content_type"):  # a generic relation; its rows are read by the field's name
        instance = manager.instance
        mark = getattr(instance._state, MARK, None)
        queryset.__dict__[OWNER] = (instance._meta.label, identity(instance), mark)
    name = getattr(manager, "prefetch_cache_name", None)  # many-to-many and generic relations
    if name is None:
        name = manager.field.remote_field.accessor_name
    return str(name)


def identity(instance: Any) -> Any:
    """The primary key of an instance, read without touching the database."""
    values = instance.__dict__
    return values.get(instance._meta.pk.attname, id(instance))


def mark_of(queryset: Any) -> tuple[Any, ...] | None:
    """What the hooks left on a queryset: where it was built."""
    found = getattr(queryset, "__dict__", {}).get(MARK)
    return found if isinstance(found, tuple) else None
