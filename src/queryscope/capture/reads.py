"""What the instances of a recorder's queries brought, how many there were, and what of it was read."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from queryscope.capture.loaded import LOCK, Loaded
from queryscope.capture.loads import load_of, related_paths
from queryscope.capture.read_hook import LOADS, install, uninstall
from queryscope.capture.state import FAULTS

_HELPERS = "_prefetch_related_val_"  # columns that Django itself adds to the rows of a prefetch
_MOST_PARTS = 64  # of a JSON value that are looked at
_SMALL = 4  # bytes of a number in it
_get = object.__getattribute__
_row = itemgetter(0)


class Reads:
    """What the instances of one recorder's queries brought, and what of it was read."""

    def __init__(self, token: int) -> None:
        self.token = token
        self.loads: dict[tuple[int, str], Loaded] = {}
        self.is_running = False

    def start(self) -> str:
        """Observe from now on. What stands in the way, in words; "" if nothing does."""
        reason = install()
        self.is_running = not reason
        return reason

    def stop(self) -> None:
        """What is read from now on goes nowhere."""
        if not self.is_running:
            return
        self.is_running = False
        try:
            with LOCK:
                for mark in [each for each in LOADS if each[0] == self.token]:
                    LOADS.pop(mark).close()
        finally:
            uninstall()

    def meet(self, mark: Any, instance: Any, queryset: Any) -> Loaded | None:
        """What is known of the instances with that mark; None if they belong to another recorder."""
        loaded = LOADS.get(mark)
        if loaded is None:
            with LOCK:
                if mark[0] != self.token or not self.is_running:
                    return None
                loaded = self.loads.get(mark[1:3]) or self._add(mark, instance, queryset)
                LOADS[mark] = loaded
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
        loaded.sizes = tuple(size_of(values[name]) for name in loaded.columns)
        self.loads[group, path] = loaded
        return loaded


def size_of(value: Any, most: int = _MOST_PARTS) -> int:
    """About how many bytes a value of any length has; 0 for others. Asks nothing but built-in types."""
    kind = type(value)
    if kind in (str, bytes):
        return len(value)
    if kind is memoryview:
        return int(value.nbytes)
    if kind not in (dict, list):
        return 0
    parts = [each for pair in value.items() for each in pair] if kind is dict else value
    looked_at = parts[:most]
    found = sum(size_of(each, most // 8) or _SMALL for each in looked_at)
    return found * len(parts) // max(len(looked_at), 1)


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
