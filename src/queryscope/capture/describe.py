"""What is already on a queryset, as plain strings; read once per group, never evaluating anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SINGLE_METHODS = frozenset({"get", "first", "last", "earliest", "latest"})


def describe(queryset: Any, method: str) -> dict[str, Any]:
    """The fields of a QuerySetSite that depend on the queryset itself."""
    query = getattr(queryset, "query", None)
    if query is None or not hasattr(query, "where"):
        return {"returns_many": method not in SINGLE_METHODS}
    only, defer = _deferred(query)
    high, low = query.high_mark, query.low_mark
    is_single = method in SINGLE_METHODS or (high is not None and high - low == 1)
    return {
        "select_related": tuple(_select_related(query.select_related)),
        "prefetch_related": tuple(_prefetch(queryset)),
        "only": only,
        "defer": defer,
        "lookups": tuple(_lookups(query.where)),
        "ordering": tuple(_ordering(query)),
        "annotations": tuple(str(name) for name in query.annotations),
        "is_sliced": bool(query.is_sliced),
        "is_distinct": bool(query.distinct),
        "is_combined": bool(query.combinator),
        "is_for_update": bool(query.select_for_update),
        "is_values": queryset._fields is not None,
        "returns_many": not is_single,
    }


def _deferred(query: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names, is_defer = query.deferred_loading
    ordered = tuple(sorted(str(name) for name in names))
    return ((), ordered) if is_defer else (ordered, ())


def _select_related(tree: Any, prefix: str = "") -> Iterator[str]:
    if tree is True:
        yield "*"
        return
    for name, below in sorted(tree.items()) if tree else ():
        if below:
            yield from _select_related(below, f"{prefix}{name}__")
        else:
            yield prefix + name


def _prefetch(queryset: Any) -> Iterator[str]:
    for lookup in getattr(queryset, "_prefetch_related_lookups", ()):
        yield lookup if isinstance(lookup, str) else str(lookup.prefetch_to)


def leaves(where: Any) -> Iterator[Any]:
    """The conditions of a WHERE tree."""
    for child in getattr(where, "children", ()):
        if hasattr(child, "children"):
            yield from leaves(child)
        else:
            yield child


def _lookups(where: Any) -> Iterator[str]:
    for leaf in leaves(where):
        name = getattr(leaf, "lookup_name", None)
        if name is not None:
            yield f"{_operand(getattr(leaf, 'lhs', None))}__{name}"


def _operand(expression: Any) -> str:
    """The field, and below it the keys of JSON that the lookup's path went through: `data__status`."""
    keys = []
    while hasattr(expression, "key_name"):
        keys.append(str(expression.key_name))
        expression = next(iter(getattr(expression, "source_expressions", ())), None)
    target = getattr(expression, "target", None)
    return "__".join([target.name if target is not None else "(expression)", *reversed(keys)])


def _ordering(query: Any) -> Iterator[str]:
    keys = query.extra_order_by or query.order_by
    if not keys and query.default_ordering and query.get_meta():
        keys = query.get_meta().ordering or ()
    for key in keys:
        yield key if isinstance(key, str) else "(expression)"
