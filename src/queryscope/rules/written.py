"""What the fix of rows that are written one by one has to know, and what it has to say."""

from __future__ import annotations

import re
from dataclasses import replace

from queryscope.fixes.changed import changed_fields
from queryscope.fixes.handed import is_handed_on
from queryscope.fixes.scene import Rows, Scene, called
from queryscope.model import AccessKind, Model, Models, QueryGroup, Trace
from queryscope.rules.remedy import Context
from queryscope.rules.writes import PER_ROW, WRITES, Writes, lost, reads_inside
from queryscope.sql.fingerprint import tables

_LINKS = "m2m_changed is sent once for all rows, and not at all where the through table is written itself."
_HANDED_ON = (
    "Make the objects in one loop, create them, and go on with them in a second loop: they have their "
    "primary keys then."
)
_CHANGES = {
    "save": (
        "bulk_update() calls no save(), sends no signals and sets no auto_now; of very many rows give it a "
        "batch_size. Where all rows get the same values, queryset.update() needs no rows at all."
    ),
    "create": (
        "bulk_create() calls no save() and sends no signals; PostgreSQL gives the primary keys back. It fits "
        "if no row needs the one before."
    ),
    "get_or_create": (
        "It needs a unique constraint on what is looked up. Rows that existed come back without a primary "
        "key: read them with one filter(…__in=…)."
    ),
    "update_or_create": (
        "unique_fields need a unique constraint. No save() is called, and no signals are sent."
    ),
    "delete": "queryset.delete() cascades and sends signals, but calls no delete() of the model.",
    **dict.fromkeys(("add", "remove", "set", "clear"), _LINKS),
}
_TIMES = frozenset(
    {"DateField", "DateTimeField", "TimeField"}
)  # of these, auto_now alone fills one in each save
_SET = re.compile(r" SET (?P<list>.*?) WHERE ", re.IGNORECASE)
_COLUMN = re.compile(r'(?:^|, )"(\w+)" = ')


def rows_of(writes: Writes, scene: Scene | None, context: Context, *, trace: Trace) -> Rows:
    """What the fix has to know."""
    model = context.models.get(writes.model) or Model(label=writes.model, table="")
    method = called(scene)
    method = method if method in PER_ROW else writes.method
    access = writes.main.access
    key = ""
    if method == "create" and access is not None and access.attribute and access.model != access.target:
        owner = access.model
        keys = [
            each.name for each in model.relations if each.kind == AccessKind.FORWARD and each.target == owner
        ]
        key = keys[0] if len(keys) == 1 else ""
    columns = columns_of(writes.main, model)
    rows = Rows(
        method=method,
        model=model,
        is_insert=method == "save" and writes.main.kind == "insert",
        columns=columns,
        filled=tuple(
            each.name
            for each in model.fields
            if each.has_pre_save and each.name in columns and each.type in _TIMES
        ),
        owner_key=key,
        through=_through(writes, context.models),
    )
    return replace(rows, obstacle=_obstacle(rows, scene, writes, (context, trace)))


def _obstacle(rows: Rows, scene: Scene | None, writes: Writes, where: tuple[Context, Trace]) -> str:
    """Why an edit might change what the program does."""
    context, trace = where
    if sum(each.name == rows.model.name for each in context.models.models) > 1:
        return f"More than one model is called {rows.model.name}."
    if writes.main.asked_through:
        return f"{writes.main.asked_through} writes the rows: take the unsaved objects from it."
    missing = lost(context.models.get(writes.model), writes)
    if missing:
        return missing
    handed = set(changed_fields(rows, scene)) if rows.method == "save" else set()
    filled = [each.name for each in rows.model.fields if each.has_pre_save and each.name in handed]
    if rows.method == "save" and not rows.is_insert and (rows.filled or filled):
        named = ", ".join(rows.filled or filled)
        return f"bulk_update() doesn't fill {named} as save() does: assign it in the loop."
    if reads_inside(writes, trace, context):
        return "The loop reads that table too, perhaps what it has just written."
    if writes.main.error is not None:
        return "Some of the writes failed, and the loop went on: one statement writes all rows or none."
    if rows.method == "save" and not rows.is_insert and 0 < writes.main.owners < min(writes.main.count, 1000):
        return "Some rows are saved more than once."
    kinds = {group.kind for group in writes.groups if group.kind in WRITES}
    if rows.method == "save" and len(kinds) > 1:
        return "save() creates some of the rows and updates others."
    return ""


def _through(writes: Writes, models: Models) -> Model | None:
    names = tables(writes.main.sql)
    model = models.by_table(names[0]) if names else None
    return model if model is not None and model.label != writes.model else None


def columns_of(group: QueryGroup, model: Model) -> tuple[str, ...]:
    """Names of the fields that an UPDATE sets."""
    match = _SET.search(group.sql) if group.kind == "update" else None
    columns = _COLUMN.findall(match["list"]) if match else []
    fields = [(model.field(column), column) for column in columns]
    return tuple(column if field is None else field.name for field, column in fields)


def what_changes(rows: Rows, scene: Scene | None = None) -> str:
    """What the bulk method does otherwise."""
    if rows.method == "create" and scene is not None and is_handed_on(scene):
        return f"{_HANDED_ON} {_CHANGES['create']}"
    if rows.method == "save":
        return _CHANGES["create" if rows.is_insert else "save"]
    return _CHANGES.get(rows.method, "It fits if no row depends on the one before.")
