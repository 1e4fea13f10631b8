"""Which of the loaded columns and relations the program reads: `Model.__getattribute__`, while asked for.

It stands only while a recorder with `QUERYSCOPE["READS"]` runs. Descriptors in place of it would spare calls
of methods, but see no annotation, no `to_attr`, and nobody who takes `__dict__`.

Setting it makes Python forget what it cached of models. Python 3.13 caches a class anew 1000 times, then no
more: after 500 units with reads on, an attribute of a model costs 6 to 15 ns more until the process ends.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from queryscope.capture.loaded import LOCK, WATCHED, Loaded, note_read
from queryscope.capture.machinery import machinery, opens_caches
from queryscope.capture.state import FAULTS, MARK

_GETATTRIBUTE = "__getattribute__"
_CACHE = "fields_cache"
_get = object.__getattribute__
_users = 0
_replaced: list[tuple[type | ModuleType, str, Any]] = []
# What the running recorders know, by the mark of an instance.
LOADS: dict[Any, Loaded] = {}


def _hook_getattribute() -> Any:
    # Names that are looked up once, since this runs at every attribute of every instance.
    get, load_at, watched, frame, quiet = _get, LOADS.get, WATCHED, sys._getframe, machinery()

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807
        if name in watched:
            if name == "__dict__" and id(frame(1).f_code) in quiet:  # whenever a foreign key is set
                return get(self, name)
            try:
                loaded = load_at(getattr(get(self, "_state"), MARK, None))
            except AttributeError:
                loaded = None  # made without __init__
            if loaded is not None and name in loaded.unread:
                try:
                    reader = frame(1)
                    if id(reader.f_code) not in quiet or name not in loaded.needed:
                        note_read(loaded, name, reader)
                except Exception:
                    watched.clear()
                    FAULTS.note("the read hook")
        return get(self, name)

    return __getattribute__


class _FieldsCache:
    """`ModelState.fields_cache`, where related instances lie: who takes it may read any of them."""

    def __init__(self, original: Any) -> None:
        self.__wrapped__ = original

    def __get__(self, state: Any, owner: Any = None) -> Any:
        if state is None:
            return self.__wrapped__
        values = _get(state, "__dict__")
        try:
            loaded = LOADS.get(values.get(MARK))
            if loaded is not None and not loaded.is_closed and opens_caches(sys._getframe(1)):
                loaded.escape()
        except Exception:
            FAULTS.note("the hook on related instances")
        if _CACHE not in values:
            values[_CACHE] = {}
        return values[_CACHE]

    def __set__(self, state: Any, value: Any) -> None:
        _get(state, "__dict__")[_CACHE] = value


def _hook_prefetch(original: Any) -> Any:
    def prefetch_one_level(instances: Any, prefetcher: Any, lookup: Any, level: int) -> Any:
        found = original(instances, prefetcher, lookup, level)
        try:
            _note_prefetch(instances, lookup, level)
        except Exception:
            FAULTS.note("the prefetch hook")
        return found

    prefetch_one_level.__wrapped__ = original  # type: ignore[attr-defined]
    return prefetch_one_level


def _note_prefetch(instances: Any, lookup: Any, level: int) -> None:
    from django.db.models import Model

    name, _ = lookup.get_current_to_attr(level)
    marks = {getattr(_get(each, "_state"), MARK, None) for each in instances if isinstance(each, Model)}
    for loaded in filter(None, map(LOADS.get, marks)):
        loaded.add_prefetched(name)


def install() -> str:
    """See the reads of one more recorder. What stands in the way, in words; "" if nothing does."""
    global _users
    with LOCK:
        if not _users:
            reason = _obstacle()
            if reason:
                return reason
            try:
                _replace_all()
            except Exception:
                restore_all()
                raise
        _users += 1
    return ""


def uninstall() -> None:
    """One recorder less; with the last one Django has what it had."""
    global _users
    with LOCK:
        _users -= 1
        if not _users:
            restore_all()


def _obstacle() -> str:
    from django.db.models import Model

    if _GETATTRIBUTE in vars(Model):
        return "Model.__getattribute__ is not Django's"
    below: list[type] = [Model]
    for model in below:
        below += type.__subclasses__(model)
        order = model.__mro__
        if any(_GETATTRIBUTE in vars(each) for each in order[order.index(Model) : -1]):
            return f"{model.__qualname__} has a __getattribute__ behind Model's"
    return ""


def _replace_all() -> None:
    from django.db.models import Model, base, query

    for holder, name, replacement in (
        (query, "prefetch_one_level", _hook_prefetch(query.prefetch_one_level)),
        (base.ModelState, _CACHE, _FieldsCache(vars(base.ModelState)[_CACHE])),
        (Model, _GETATTRIBUTE, _hook_getattribute()),
    ):
        _replaced.append((holder, name, replacement))
        setattr(holder, name, replacement)


def restore_all() -> None:
    """Put back what Django had, by identity. What another tool made of ours stays; ours in it is inert."""
    while _replaced:
        holder, name, replacement = _replaced.pop()
        if vars(holder).get(name) is not replacement:
            continue
        original = getattr(replacement, "__wrapped__", None)
        if original is None:
            delattr(holder, name)
        else:
            setattr(holder, name, original)
