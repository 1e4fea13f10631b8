"""What is already on a queryset, as plain strings; read once per group, never evaluating anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queryscope.capture.state import ACTIVE
from queryscope.model import AccessKind

SINGLE_METHODS = frozenset({"get", "first", "last", "earliest", "latest"})
# Leaves that a related manager itself puts into WHERE.
RELATION_LEAVES = {AccessKind.REVERSE: 1, AccessKind.MANY_TO_MANY: 1, AccessKind.GENERIC_RELATION: 2}
PLAIN_METHODS = frozenset({"iterate", "len", "bool", ""})


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
        target = getattr(getattr(leaf, "lhs", None), "target", None)
        if name is not None:
            yield f"{target.name if target is not None else '(expression)'}__{name}"


def _ordering(query: Any) -> Iterator[str]:
    keys = query.extra_order_by or query.order_by
    if not keys and query.default_ordering and query.get_meta():
        keys = query.get_meta().ordering or ()
    for key in keys:
        yield key if isinstance(key, str) else "(expression)"


class Baselines:
    """How default managers start, so that a related manager's own rows are told from filtered ones."""

    def __init__(self) -> None:
        self._known: dict[type, tuple[int, tuple[Any, ...], int]] = {}

    def is_plain(self, queryset: Any, kind: AccessKind, method: str) -> bool:
        """Whether these are exactly the rows that a prefetch of the relation would give."""
        query = getattr(queryset, "query", None)
        if query is None or not hasattr(query, "where"):
            return False
        if method not in PLAIN_METHODS or queryset._fields is not None:
            return False
        own_leaves, ordering, annotations = self._of(queryset.model)
        expected = own_leaves + RELATION_LEAVES.get(kind, 0)
        return (
            len(list(leaves(query.where))) == expected
            and tuple(query.order_by) == ordering
            and len(query.annotations) == annotations
            and not (query.is_sliced or query.distinct or query.combinator or query.extra_order_by)
            and not query.select_for_update
            and query.deferred_loading == (frozenset(), True)
            and not query.select_related
            and not queryset._prefetch_related_lookups
        )

    def _of(self, model: type) -> tuple[int, tuple[Any, ...], int]:
        found = self._known.get(model)
        if found is None:
            token = ACTIVE.set(None)
            try:
                query = model._default_manager.get_queryset().query  # type: ignore[attr-defined]
                found = (len(list(leaves(query.where))), tuple(query.order_by), len(query.annotations))
            finally:
                ACTIVE.reset(token)
            self._known[model] = found
        return found
