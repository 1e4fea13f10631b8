"""Notes on querysets where they are built.

A mark is (code id or template line, f_lasti, relation, id of the holder class, is_narrowed, process).
With a template line, 1 in place of f_lasti says that a library builds the queryset while it is rendered.
`relation` names the attribute by which an instance gave a related queryset; such a one is narrowed when
the program made something else of it than the relation's own rows.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from queryscope.capture.asked import is_built_by_library
from queryscope.capture.codes import Codes
from queryscope.capture.local_names import local_of
from queryscope.capture.state import AWAITING, MARK, OWNER, PROCESS, get, note_on, put
from queryscope.capture.verdicts import (
    APPLICATION,
    BOUNDARY,
    BUILDER,
    CLASS_BODY,
    FIRST_ORM,
    JINJA,
    LAST_APPLICATION,
    LIBRARY,
    MANAGER_METHOD,
    RELATED_MANAGER,
    TEMPLATE_NODE,
    THREAD_HANDLER,
)
from queryscope.capture.walk import template_line

Mark = tuple[Any, ...]
_OUTERMOST = (BOUNDARY, THREAD_HANDLER)


def mark_of(queryset: Any) -> Mark | None:
    """What the hooks of this process left on a queryset: where it was built."""
    try:
        found: Mark = get(queryset, MARK)
    except AttributeError:
        return None
    return found if found[-1] == PROCESS else None


def mark_site(queryset: Any, frame: FrameType | None, codes: Codes) -> None:
    """Note where a queryset is being built. What a class body builds is left to the class that holds it."""
    mark = site_at(queryset, frame, codes)
    if mark is not None:
        put(queryset, MARK, mark)


def mark_clone(queryset: Any, clone: Any, codes: Codes) -> None:
    """Carry the mark on to a clone; a queryset met for the first time is marked now.

    Called by the hook of `_clone()`. Frames are asked for only where they are needed: Python makes them then.
    """
    mark = mark_of(queryset)
    if mark is None:
        mark_site(clone, sys._getframe(2), codes)
        return
    if queryset._prefetch_done:
        mark = _mark_prefetched(queryset, mark, sys._getframe(2), codes) or mark
    elif mark[2] and not mark[4] and _narrows(sys._getframe(2), codes):
        mark = (*mark[:4], 1, PROCESS)
    put(clone, MARK, mark)
    if mark[2]:
        owner = note_on(queryset, OWNER)
        if owner is not None:
            put(clone, OWNER, owner)


def site_at(queryset: Any, frame: FrameType | None, codes: Codes) -> Mark | None:
    """The mark of a queryset that is built at that frame.

    Its root expression stands in the innermost frame that isn't a method of a manager or queryset.
    """
    verdicts = codes.verdicts
    relation = ""
    builds = frame
    while frame is not None:
        code = frame.f_code
        try:
            verdict = verdicts[id(code)]
        except KeyError:
            verdict = codes.judge(code)
        if not verdict:
            pass
        elif verdict <= LAST_APPLICATION:
            if verdict == APPLICATION:
                verdict = codes.builds(frame)
            if verdict == BUILDER:
                return (id(code), frame.f_lasti, relation, 0, 0, PROCESS)
            if verdict == CLASS_BODY:
                return None
        elif verdict == RELATED_MANAGER:
            relation = _relation(frame.f_locals["self"], queryset)
        elif verdict < FIRST_ORM:
            mark = _outer_site(frame, verdict, relation, codes, builds)
            if mark is not None:
                return mark
            if verdict in _OUTERMOST:
                break
        frame = frame.f_back
    return (0, 0, relation, 0, 0, PROCESS) if relation else None


def _outer_site(
    frame: FrameType, verdict: int, relation: str, codes: Codes, builds: FrameType | None
) -> Mark | None:
    if verdict == LIBRARY:
        holder = _holder(frame, codes)
        return (0, 0, relation, holder, 0, PROCESS) if holder else None
    if verdict in (TEMPLATE_NODE, JINJA):
        found: list[Any] = []
        template_line(frame, "", found, codes)
        if not found:
            return None
        return (found[0], int(is_built_by_library(builds, codes)), relation, 0, 0, PROCESS)
    if verdict == THREAD_HANDLER:
        awaiting = AWAITING.get()
        for where, lasti in zip(awaiting[::2], awaiting[1::2], strict=True):
            if codes.verdicts.get(where) != MANAGER_METHOD:
                return (where, lasti, relation, 0, 0, PROCESS)
    return None


def _holder(frame: FrameType, codes: Codes) -> int:
    """The id of the application class that a library method works for; 0 if there is none."""
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] != "self":
        return 0
    return codes.holder_id(type(local_of(frame, "self")))


def _relation(manager: Any, queryset: Any) -> str:
    """The attribute that a related manager was read from."""
    if "content_type" in vars(manager):  # a generic relation
        instance = manager.instance
        mark = note_on(instance._state, MARK)
        put(queryset, OWNER, (instance._meta.label, identity(instance), mark))
    return manager_attribute(manager)


def manager_attribute(manager: Any) -> str:
    """The name of the relation of a related manager; `access` finds the accessor."""
    # Managers that pass unknown attributes on to a queryset are common: nothing is asked that may be missing.
    name = vars(manager).get("prefetch_cache_name")  # many-to-many and generic relations
    return str(name or manager.field.remote_field.accessor_name)


def _narrows(frame: FrameType | None, codes: Codes) -> bool:
    """Whether this clone of a related queryset is the program's, not the related manager's own or `all()`."""
    verdicts = codes.verdicts
    while frame is not None:
        code = frame.f_code
        verdict = verdicts.get(id(code))
        if verdict is None:
            verdict = codes.judge(code)
        if verdict == RELATED_MANAGER:
            return False
        if not verdict:
            if code.co_name == "all":
                return False
        else:
            if verdict == APPLICATION:
                verdict = codes.builds(frame)
            if verdict not in (MANAGER_METHOD, LIBRARY):
                return True
        frame = frame.f_back
    return True


def _mark_prefetched(queryset: Any, mark: Mark, frame: FrameType | None, codes: Codes) -> Mark | None:
    """The mark of what is built on a prefetched relation: it is built here, where it will query again."""
    relation = mark[2]
    if note_on(queryset, OWNER) is None:
        instance = queryset._hints.get("instance")
        cached = instance.__dict__.get("_prefetched_objects_cache", {}) if instance is not None else {}
        relation = next((name for name, held in cached.items() if held is queryset), "")
    if not relation:
        return None
    found = site_at(queryset, frame, codes) or (0, 0, "", 0, 0, PROCESS)
    return (*found[:2], relation, found[3], 1, PROCESS)


def identity(instance: Any) -> Any:
    """The primary key of an instance, read without touching the database; None when it has none yet."""
    values = instance.__dict__
    name = instance._meta.pk.attname
    if name in values:
        return values[name]
    fields = instance._meta.pk_fields
    return tuple(values.get(field.attname) for field in fields) if len(fields) > 1 else None
