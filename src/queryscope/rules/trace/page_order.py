"""By what the rows of a page are sorted, and what a unit of work writes that would change it."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.fixes.steady import Order
from queryscope.model import Field, Frame, Model, QueryGroup, Trace
from queryscope.sql.assigned import read_assignment
from queryscope.sql.keyset import sorted_by

# Whose values come back from the database as they went there, and compare as they sort.
_SIMPLE = frozenset({
    "AutoField", "BigAutoField", "BigIntegerField", "BooleanField", "CharField", "DateField", "DateTimeField",
    "DecimalField", "FloatField", "ForeignKey", "IntegerField", "OneToOneField", "PositiveBigIntegerField",
    "PositiveIntegerField", "PositiveSmallIntegerField", "SlugField", "SmallAutoField", "SmallIntegerField",
    "TextField", "TimeField", "UUIDField",
})  # fmt: skip
_WRITES = ("delete", "insert", "update")


def order_of(group: QueryGroup, model: Model, trace: Trace) -> Order | str:
    """The keys of a page, the primary key behind them where two rows may be alike; a text says why not.

    Args:
        group: the pages.
        model: of their rows.
        trace: in which they were asked for.
    """
    key = next((field for field in model.fields if field.is_primary), None)
    columns = sorted_by(group.sql)
    if columns is None:
        return "the statement is grouped, distinct, combined or locked, or its order is no list of columns."
    if key is None or key.type not in _SIMPLE:
        return "the primary key is no column that could be compared."
    keys: list[tuple[str, bool]] = []
    is_unique = False
    for each in columns:
        field = next((found for found in model.fields if found.column == each.column), None)
        if each.table not in ("", model.table) or field is None:
            return "the rows are sorted by columns of other rows."
        if field.is_null:
            return f"{field.name} may be NULL, which compares with nothing."
        if field.type not in _SIMPLE:
            return f"{field.name} may compare in another way than it sorts."
        name = _attribute(field)
        if name not in (known for known, _ in keys):
            keys.append((name, each.is_falling))
        if field.is_unique:
            is_unique = True
            break
    if not is_unique:
        keys.append(("pk", keys[-1][1] if keys else False))
    return Order(
        keys=tuple(keys),
        is_changed=not is_unique,
        conflicts=tuple(_conflicts(group, trace)),
        writes=tuple(each.stack for each in trace.groups if each.kind in _WRITES),
        is_joined=" JOIN " in group.sql,
    )


def _attribute(field: Field) -> str:
    if field.is_primary:
        return "pk"
    return f"{field.name}_id" if field.target is not None else field.name


def _conflicts(group: QueryGroup, trace: Trace) -> Iterator[tuple[Frame, ...]]:
    """Where rows are added, taken away, or given other values of what chooses or sorts the pages."""
    chosen = group.sql.partition(" FROM ")[2]
    for each in trace.groups:
        written = read_assignment(each.sql) if each.kind in _WRITES else None
        if written is None or f'"{written.table}"' not in chosen:
            continue
        if written.kind != "update" or any(f'"{column}"' in chosen for column in written.columns):
            yield each.stack
