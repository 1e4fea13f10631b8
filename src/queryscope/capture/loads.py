"""Which query loaded an instance: a mark (token of the recorder, group, select_related path) on its state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queryscope.capture.state import LOADED, note_on

Load = tuple[int, int, str]
Path = tuple[tuple[str, ...], Load]  # cache names from the instance, and the mark of what lies there

_OPEN_DEPTH = 5  # how far select_related() without names follows foreign keys, see Query.max_depth


def load_of(queryset: Any) -> Load | None:
    """The mark for what the latest query of this queryset loads."""
    found = note_on(queryset, LOADED)
    return found if isinstance(found, tuple) else None


def mark_all(queryset: Any, instances: list[Any]) -> None:
    """Mark what the latest query of a queryset loaded."""
    load = load_of(queryset)
    if load is None:
        return
    related = related_paths(queryset, load) if instances else []
    for instance in instances:
        try:
            instance._state._queryscope = load
        except AttributeError:  # from_db() gave something else than an instance
            continue
        if related:
            mark_related(instance, related)


def mark(instance: Any, load: Load | None, related: list[Path]) -> None:
    """Mark one instance, as it comes."""
    if load is None:
        return
    try:
        instance._state._queryscope = load
    except AttributeError:
        return
    if related:
        mark_related(instance, related)


def related_paths(queryset: Any, load: Load | None) -> list[Path]:
    """For every select_related path: the chain of cache names, and the mark of what lies there."""
    query = getattr(queryset, "query", None)
    tree = getattr(query, "select_related", None)
    if load is None or not tree:
        return []
    return list(_paths(queryset.model._meta, tree, ((), "", load, None), _OPEN_DEPTH))


def _paths(
    options: Any, tree: Any, so_far: tuple[tuple[str, ...], str, Load, Any], depth: int
) -> Iterator[Path]:
    chain, path, load, came_by = so_far
    if tree is True:
        fields = [field for field in options.fields if field.remote_field and not field.null]
        tree = {field.name: True for field in fields} if depth else {}
    fields_by_name = options._forward_fields_map | options.fields_map
    for name, below in tree.items():
        field = fields_by_name.get(name)
        if field is None:  # a FilteredRelation: it has no accessor of its own
            continue
        if field.one_to_one and field.remote_field is came_by:
            continue  # back to the row that it came from: what was joined for it anew, nothing leads to
        here = (*chain, field.cache_name)
        full = f"{path}__{name}" if path else name
        yield here, (load[0], load[1], full)
        if below:
            yield from _paths(field.related_model._meta, below, (here, full, load, field), depth - 1)


def mark_related(instance: Any, paths: list[Path]) -> None:
    """Mark what select_related put into the caches of an instance."""
    for chain, load in paths:
        found = instance
        for name in chain:
            found = found._state.fields_cache.get(name)
            if found is None:
                break
        else:
            found._state._queryscope = load
