"""Which of the loaded columns and relations the program reads: `Model.__getattribute__`, while asked for.

It stands only while a recorder with `QUERYSCOPE["READS"]` runs. Descriptors in place of it would spare calls
of methods, but see no annotation, no `to_attr`, and nobody who takes `__dict__`.

Setting it makes Python forget what it cached of models. Python 3.13 caches a class anew 1000 times, then no
more: after 500 units with reads on, an attribute of a model costs 6 to 15 ns more until the process ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from operator import itemgetter
from types import ModuleType
from typing import Any

from queryscope.capture.loaded import LOCK, WATCHED, Loaded, note_read
from queryscope.capture.loads import load_of, related_paths
from queryscope.capture.machinery import machinery
from queryscope.capture.state import FAULTS, MARK

_GETATTRIBUTE = "__getattribute__"
_HELPERS = "_prefetch_related_val_"  # columns that Django itself adds to the rows of a prefetch

_get = object.__getattribute__
_users = 0
_replaced: list[tuple[type | ModuleType, str, Any]] = []
# What the running recorders know, by the mark of an instance.
_loads: dict[Any, Loaded] = {}


class Reads:
    """What the instances of one recorder's queries brought, and what of it was read."""

    def __init__(self, token: int) -> None:
        self.token = token
        self.loads: dict[tuple[int, str], Loaded] = {}
        self.is_running = False

    def start(self) -> str:
        """Observe from now on. What stands in the way, in words; "" if nothing does."""
        reason = _install()
        self.is_running = not reason
        return reason

    def stop(self) -> None:
        """What is read from now on goes nowhere."""
        if not self.is_running:
            return
        self.is_running = False
        try:
            with LOCK:
                for mark in [each for each in _loads if each[0] == self.token]:
                    _loads.pop(mark).close()
        finally:
            _uninstall()

    def meet(self, mark: Any, instance: Any, queryset: Any) -> Loaded | None:
        """What is known of the instances with that mark; None if they belong to another recorder."""
        loaded = _loads.get(mark)
        if loaded is None:
            with LOCK:
                if mark[0] != self.token or not self.is_running:
                    return None
                loaded = self.loads.get(mark[1:3]) or self._add(mark, instance, queryset)
                _loads[mark] = loaded
        if loaded.label != type(instance)._meta.label:
            loaded.escape()  # rows of one statement as another model
        return loaded

    def _add(self, mark: Any, instance: Any, queryset: Any) -> Loaded:
        group, path = mark[1:3]
        values = _get(instance, "__dict__")
        columns = [field.attname for field in type(instance)._meta.concrete_fields]
        annotations = () if path else _annotations(queryset, values)
        loaded = Loaded(
            type(instance),
            tuple(name for name in columns if name in values),
            tuple(name for name in annotations if name not in columns),
        )
        self.loads[group, path] = loaded
        return loaded


def _annotations(queryset: Any, values: dict[str, Any]) -> Iterator[str]:
    query = queryset.query
    names = [*getattr(query, "annotation_select", ()), *getattr(query, "extra_select", ())]
    # Of a raw query, whatever it selects that is no column of the model.
    names += queryset.__dict__.get("columns", ())
    for name in dict.fromkeys(names):
        if name in values and not name.startswith(_HELPERS):
            yield str(name)


def observed(rows: Iterator[Any], queryset: Any, reads: Reads) -> Iterator[Any]:
    """The rows, each counted for the loads that it belongs to."""
    paths: list[_Path] = []
    for instance in rows:  # the first one: by now the query was recorded
        try:
            paths = _paths(queryset, reads)
            for path in paths:
                path.count(instance)
        except Exception:
            paths = []
            FAULTS.note("observing a load")
        yield instance
        break
    if len(paths) == 1 and paths[0].loaded is not None:
        yield from map(_row, zip(rows, paths[0].loaded.instances, strict=False))
    for instance in rows if paths else ():
        try:
            for path in paths:
                path.count(instance)
        except Exception:
            FAULTS.note("observing a load")
            yield instance
            break
        yield instance
    yield from rows


_row = itemgetter(0)


class _Path:
    """One select_related path of a queryset while it is iterated; "" for its own rows."""

    __slots__ = ("chain", "joined", "loaded", "mark", "queryset", "reads")

    def __init__(self, chain: tuple[str, ...], mark: Any, queryset: Any, reads: Reads) -> None:
        self.chain = chain
        self.mark = mark
        self.queryset = queryset
        self.reads = reads
        self.joined: dict[str, str] = {}  # accessor → name for select_related, of what was joined to it
        self.loaded: Loaded | None = None

    def count(self, instance: Any) -> None:
        """Count what lies at the end of the path, if something does."""
        found = instance
        for name in self.chain:
            found = _get(found, "_state").fields_cache.get(name)
            if found is None:
                return
        loaded = self.loaded
        if loaded is None:
            loaded = self.loaded = self.reads.meet(self.mark, found, self.queryset)
            if loaded is None:
                return
            loaded.joined.update(self.joined)
        next(loaded.instances)


def _paths(queryset: Any, reads: Reads) -> list[_Path]:
    mark = load_of(queryset)
    if mark is None or mark[0] != reads.token:
        return []
    paths: dict[tuple[str, ...], _Path] = {(): _Path((), mark, queryset, reads)}
    for chain, below in related_paths(queryset, mark):
        paths[chain] = _Path(chain, below, queryset, reads)
        paths[chain[:-1]].joined[chain[-1]] = below[2].rpartition("__")[2]
    return list(paths.values())


def _hook_getattribute() -> Any:
    # Names that are looked up once, since this runs at every attribute of every instance.
    get, load_at, watched, frame, quiet = _get, _loads.get, WATCHED, sys._getframe, machinery()

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
    for loaded in filter(None, map(_loads.get, marks)):
        loaded.add_prefetched(name)


def _install() -> str:
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


def _uninstall() -> None:
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
    from django.db.models import Model, query

    for holder, name, replacement in (
        (query, "prefetch_one_level", _hook_prefetch(query.prefetch_one_level)),
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
