"""Seam: which index of a model's own an advised one replaces, asked of Django."""

from __future__ import annotations

from typing import Any

from django.db import connections, models, router
from django.db.migrations.writer import MigrationWriter

from queryscope.errors import EditRefusedError
from queryscope.fixes.index_code import quote
from queryscope.fixes.migration import Removal


def removal_of(name: str, model: Any, *, by: str) -> Removal:
    """How the index of that name goes away.

    Args:
        name: of the index, as the catalog has it.
        model: the model's class.
        by: the index that replaces it.

    Raises:
        EditRefusedError: neither `Meta.indexes` nor a field of the model makes it, or the field makes
            a second one for LIKE, which nothing replaces.
    """
    if any(index.name == name for index in model._meta.indexes):
        return Removal(name=name, by=by)
    field = next((each for each in model._meta.local_fields if _index_name(each, model) == name), None)
    if field is None:
        raise EditRefusedError(f"{name} belongs to neither Meta.indexes nor a field of {model._meta.label}.")
    if _has_twin(field, model):
        raise EditRefusedError(
            f"db_index of {field.name} makes a second index for LIKE, which would go with {name}."
        )
    clone = field.clone()
    clone.db_index = False
    code, imports = MigrationWriter.serialize(clone)
    with _editor(model) as editor:
        table = editor.quote_name(model._meta.db_table)  # may name a schema
    where = f"{quote(name)} ON {table} ({quote(field.column)})"
    return Removal(
        name=name,
        by=by,
        field=field.name,
        field_code=code,
        drop_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {quote(name)}",
        create_sql=f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {where}",
        imports=tuple(sorted(imports)),
    )


def makes_index_by_default(model: Any, field: str) -> bool:
    """Whether a field has an index unless it says `db_index=False`."""
    return isinstance(model._meta.get_field(field), models.ForeignKey)


def _index_name(field: Any, model: Any) -> str:
    """The name that Django gives the index of a field; empty where it makes none."""
    if not field.db_index or field.unique:
        return ""
    with _editor(model) as editor:
        return str(editor._create_index_name(model._meta.db_table, [field.column]))


def _has_twin(field: Any, model: Any) -> bool:
    """Whether PostgreSQL gets an index with varchar_pattern_ops or text_pattern_ops beside it."""
    with _editor(model) as editor:
        return editor._create_like_index_sql(model, field) is not None


def _editor(model: Any) -> Any:
    return connections[router.db_for_write(model)].schema_editor(collect_sql=True, atomic=False)
