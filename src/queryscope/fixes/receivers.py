"""What replaces a query that runs in each save. Said, not edited: the receiver serves single saves too."""

from __future__ import annotations

from queryscope.fixes.scene import plural
from queryscope.model import AccessKind, Model, QueryGroup

_QUESTIONS = frozenset({"count", "exists", "aggregate", "contains"})


def receiver_code(group: QueryGroup, model: Model | None, columns: tuple[str, ...] = ()) -> str:
    """The statement that serves all rows at once.

    Args:
        group: the query that runs for each row.
        model: whose rows it reads or writes.
        columns: the fields that an UPDATE sets.
    """
    if model is None:
        return "Run one query for all rows behind the loop."
    manager, many = f"{model.name}.{model.default_manager}", plural(model)
    method = group.access.method if group.access is not None else ""
    if group.kind == "insert":
        return f"{manager}.bulk_create({many})"
    if group.kind == "delete":
        return f"{manager}.filter(pk__in={many}).delete()"
    if group.kind == "update" and method == "save" and columns:
        fields = ", ".join(f'"{name}"' for name in columns)
        return f"{manager}.bulk_update({many}, [{fields}])"
    if group.kind == "update":
        return f"{manager}.filter(pk__in={many}).update(…)"
    return _read(group, model, manager)


def _read(group: QueryGroup, model: Model, manager: str) -> str:
    """One SELECT for what the rows ask one by one."""
    key = _key(group, model)
    method = group.access.method if group.access is not None else ""
    if not key:
        return f"{manager}.in_bulk(ids)"
    chosen = f"{manager}.filter({key}__in=…)"
    if method in _QUESTIONS:
        return f'{chosen}.values("{key}").annotate(count=Count("pk"))'
    return chosen


def _key(group: QueryGroup, model: Model) -> str:
    """What tells the rows of one round from those of another; "" for a primary key, or where nobody knows."""
    lookups = group.site.lookups if group.site is not None else ()
    exact = [name.removesuffix("__exact") for name in lookups if name.endswith("__exact")]
    keys = {each.name for each in model.relations if each.kind is AccessKind.FORWARD}
    primary = {
        "pk",
        *(each.name for each in model.fields if each.is_unique and each.type.endswith("AutoField")),
    }
    if not exact or primary.intersection(exact):
        return ""
    return next((name for name in exact if name.partition("__")[0] in keys), exact[0])
