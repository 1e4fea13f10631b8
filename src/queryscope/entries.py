"""Seam: whether an advised index can become an entry of its model's `Meta.indexes`, asked of Django."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db import connections, router

from queryscope.capture.frames import class_lines
from queryscope.database.catalog import schema_of
from queryscope.fixes.index_code import create_sql, django_index
from queryscope.fixes.meta_indexes import MetaFacts
from queryscope.fixes.migration import migration
from queryscope.model import IndexAdvice
from queryscope.sql.names import bare_table


class LeftOutError(Exception):
    """An index that has to be built in another way; the text says in which."""


def model_of(advice: IndexAdvice) -> Any:
    """The class that holds the table: of a proxy the model behind it."""
    try:
        model = apps.get_model(advice.model)._meta.concrete_model
    except (LookupError, ValueError):
        model = None
    if model is None or bare_table(model._meta.db_table) != advice.relation:
        raise LeftOutError(f"No model of this project is stored in {advice.relation!r}.")
    return model


def in_fields(advice: IndexAdvice, model: Any) -> IndexAdvice:
    """Columns of INCLUDE by the names of their fields, which Django wants."""
    names = {field.column: field.name for field in model._meta.concrete_fields}
    return replace(advice, include=tuple(names.get(column, column) for column in advice.include))


def refuse_other_ways(advice: IndexAdvice, model: Any) -> None:
    if not model._meta.managed:
        raise LeftOutError(
            f"{advice.model} is unmanaged (managed = False): Django builds nothing on its table. "
            f"Whoever owns it can run: {create_sql(advice)};"
        )
    if advice.is_unique:
        raise LeftOutError(
            f"A unique index is a promise about rows to come, which only you can make: "
            f"UniqueConstraint in the Meta of {advice.model}, or unique=True on the field."
        )
    if any(index.name == advice.name for index in model._meta.indexes):
        raise LeftOutError(
            f"{advice.name} stands in Meta.indexes already: `manage.py migrate` builds it, "
            "if a migration for it is there."
        )
    if model._meta.indexes and "indexes" not in model._meta.original_attrs:
        raise LeftOutError(
            f"The indexes of {advice.model} are added outside of its Meta, and `indexes` in there would take "
            f"them into migrations too. Add it where they are: {django_index(advice)}"
        )
    _refuse_taken_name(advice, model)
    _refuse_other_servers(advice, model)
    if "OpClass(" in django_index(advice) and not apps.is_installed("django.contrib.postgres"):
        raise LeftOutError("Add 'django.contrib.postgres' to INSTALLED_APPS first: OpClass() needs it.")


def _refuse_taken_name(advice: IndexAdvice, model: Any) -> None:
    for other in apps.get_models():
        if other is not model and any(index.name == advice.name for index in other._meta.indexes):
            raise LeftOutError(
                f"{other._meta.label} has an index {advice.name}, and PostgreSQL knows one of a name. Add it "
                f"under another: {django_index(advice)}"
            )


def has_other_servers() -> bool:
    """Whether a database of this project isn't PostgreSQL's: migrations may run there too."""
    return any(connections[alias].vendor != "postgresql" for alias in connections)


def _refuse_other_servers(advice: IndexAdvice, model: Any) -> None:
    for alias in connections:
        connection = connections[alias]
        if connection.vendor != "postgresql" and router.allow_migrate_model(alias, model):
            raise LeftOutError(
                f"{advice.model} is migrated on {alias!r} too, and {connection.display_name} builds nothing "
                "CONCURRENTLY. Let a router's allow_migrate() keep it away from there, or add it to "
                f"Meta.indexes by hand, for a migration that holds up writers: {django_index(advice)}"
            )


def is_partitioned(model: Any) -> bool:
    """As the catalog has it; where that can't be asked `migrate` will tell."""
    name = model._meta.db_table
    table = schema_of(connections[router.db_for_write(model)], [name]).table(bare_table(name))
    return table is not None and table.is_partitioned


def facts_of(model: Any) -> MetaFacts:
    """What Django made of the Meta of a model."""
    filename = getattr(sys.modules.get(model.__module__), "__file__", None) or ""
    inherited = getattr(model, "Meta", None)  # a concrete class keeps none of its own
    heir_of = next(
        (
            at
            for at, base in enumerate(model.__bases__)
            if inherited is not None and getattr(base, "Meta", None) is inherited
        ),
        None,
    )
    return MetaFacts(
        name=model.__name__,
        line=class_lines(filename).get(model.__qualname__, 0),
        has_indexes="indexes" in model._meta.original_attrs,
        heir_of=heir_of,
        bases=len(model.__bases__),
    )


def refuse_unbuildable(advice: IndexAdvice) -> None:
    """Ask Django for the SQL of the very index that a migration of it holds.

    Raises:
        LeftOutError: it names a field that isn't there, or an expression that can't be one of an index.
    """
    model = apps.get_model(advice.model)
    namespace: dict[str, Any] = {}
    text = migration(replace(advice, schema=""), previous="…", has_extensions=False)
    try:
        exec(compile(text, "<migration>", "exec"), namespace)  # noqa: S102 - our own text
        operations = namespace["Migration"].operations
        [index] = [each.index for each in operations if hasattr(each, "index")]
        connection = connections[router.db_for_write(model)]
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            str(index.create_sql(model, editor))
    except Exception as error:
        raise LeftOutError(
            f"Django can't build {django_index(advice)} on {advice.model} ({type(error).__name__})."
        ) from error
