"""What replaces a query that runs in each save. Said, not edited: the receiver serves single saves too."""

from __future__ import annotations

from queryscope.fixes.scene import plural
from queryscope.model import Model, QueryGroup


def receiver_code(group: QueryGroup, model: Model | None) -> str:
    """The statement that serves all rows at once."""
    if model is None:
        return "Run one query for all rows behind the loop."
    manager, many = f"{model.name}.{model.default_manager}", plural(model)
    if group.kind == "insert":
        return f"{manager}.bulk_create({many})"
    if group.kind == "delete":
        return f"{manager}.filter(pk__in={many}).delete()"
    if group.kind == "update":
        return f"{manager}.filter(pk__in={many}).update(…)"
    return f"{manager}.in_bulk(ids)"
