"""The model graph, read from Django's app registry."""

from __future__ import annotations

import sys
from typing import Any

from queryscope.capture.frames import class_lines
from queryscope.capture.project import Project
from queryscope.model import AccessKind, Field, Model, ModelRelation, Models
from queryscope.sql.names import bare_table, split_table

_SIGNALS = ("pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")


def read_models(project: Project) -> Models:
    """All installed models, auto-created through models included, as plain data."""
    from django.apps import apps

    found = apps.get_models(include_auto_created=True)
    spelled: dict[str, set[str]] = {}
    for model in found:
        spelled.setdefault(bare_table(model._meta.db_table), set()).add(model._meta.db_table)
    # Where two schemas hold a table of one name a statement doesn't tell whose it is: they keep theirs.
    bare = {name: next(iter(names)) for name, names in spelled.items() if len(names) == 1}
    tables = {written: name for name, written in bare.items()}
    return Models(
        models=tuple(
            _model(model, project, tables.get(model._meta.db_table, model._meta.db_table)) for model in found
        )
    )


def _model(model: Any, project: Project, table: str) -> Model:
    from django.db.models import signals

    options = model._meta
    filename = getattr(sys.modules.get(model.__module__), "__file__", None) or ""
    is_own = project.is_application(filename)
    relations = (_relation(model, relation) for relation in options.get_fields(include_hidden=True))
    return Model(
        label=options.label,
        table=table,
        fields=tuple(_field(field) for field in options.concrete_fields),
        relations=tuple(relation for relation in relations if relation is not None),
        ordering=tuple(key if isinstance(key, str) else "(expression)" for key in options.ordering),
        default_manager=options.default_manager.name if options.default_manager else "objects",
        path=project.relative(filename) if is_own else "",
        line=class_lines(filename).get(model.__qualname__, 0) if is_own else 0,
        is_managed=options.managed,
        schema=split_table(options.db_table)[0],
        module=model.__module__,
        primary_key=options.pk.name if options.pk is not None else "",
        is_manager_plain=_is_plain(options.default_manager),
        parents=tuple(parent._meta.label for parent in options.get_parent_list()),
        overrides=tuple(name for name in ("save", "delete") if not _is_djangos(getattr(model, name))),
        receivers=tuple(name for name in _SIGNALS if getattr(signals, name).has_listeners(model)),
    )


def _is_plain(manager: Any) -> bool:
    """Whether a manager leaves no row out, as far as its class can tell."""
    from django.db.models.manager import BaseManager

    return manager is None or type(manager).get_queryset is BaseManager.get_queryset


def _remote(relation: Any) -> str:
    """The name of a relation's other side in lookups of the target; empty where that is hidden."""
    field = relation.field if relation.auto_created and not relation.concrete else None
    if field is not None:
        return str(field.name)
    remote = getattr(relation, "remote_field", None)
    if remote is None or remote.hidden:
        return ""
    return str(remote.name)


def _is_djangos(method: Any) -> bool:
    return str(getattr(method, "__module__", "")) == "django.db.models.base"


def _field(field: Any) -> Field:
    from django.db import connection

    return Field(
        name=field.name,
        column=field.column or "",
        type=field.get_internal_type(),
        db_type=_db_type(field, connection),
        is_null=field.null,
        is_unique=field.unique,
        is_primary=field.primary_key,
        is_indexed=field.db_index,
        db_constraint=getattr(field, "db_constraint", True),
        target=field.related_model._meta.label if field.is_relation and field.related_model else None,
        collation=getattr(field, "db_collation", None) or "",
        has_pre_save=_has_pre_save(field),
    )


def _has_pre_save(field: Any) -> bool:
    """Whether a save gives the field a value that nobody assigned. Dates do with `auto_now` only."""
    from django.db.models import Field as DjangoField

    if getattr(field, "auto_now", False):
        return True
    if hasattr(field, "auto_now_add"):
        return False
    return type(field).pre_save is not DjangoField.pre_save


def _db_type(field: Any, connection: Any) -> str:
    try:
        return field.db_type(connection) or ""
    except Exception:
        return ""


def _relation(model: Any, relation: Any) -> ModelRelation | None:
    kind = _relation_kind(relation)
    name = getattr(relation, "accessor_name", None) or relation.name
    if kind is None or name.endswith("+") or not hasattr(model, name):
        return None
    target = relation.related_model
    forward = getattr(relation, "remote_field", None)
    is_forward = kind is AccessKind.FORWARD
    return ModelRelation(
        name=name,
        query_name=relation.name,
        kind=kind,
        target=target._meta.label if target and kind is not AccessKind.GENERIC_FORWARD else None,
        is_null=bool(getattr(relation, "null", False))
        if is_forward
        else kind is AccessKind.REVERSE_ONE_TO_ONE,
        db_constraint=bool(getattr(relation, "db_constraint", True)) if forward is not None else True,
        is_ordered=bool(target and getattr(target, "_meta", None) and target._meta.ordering),
        remote=_remote(relation),
        remote_key=_remote_key(relation, kind),
        can_join=kind is not AccessKind.REVERSE_ONE_TO_ONE or _can_join_back(model, relation),
    )


def _can_join_back(model: Any, relation: Any) -> bool:
    """Whether select_related() gives the rows at the other end of a one-to-one.

    It takes the columns of a parent that both models have from the row that it joins from: right for the
    child of that very row, wrong for any other child (Django 5.2 to 6.1).
    """
    if relation.parent_link:
        return True
    shared = {model, *model._meta.get_parent_list()}
    return shared.isdisjoint(relation.related_model._meta.get_parent_list())


def _remote_key(relation: Any, kind: AccessKind) -> str:
    if kind not in (AccessKind.REVERSE, AccessKind.REVERSE_ONE_TO_ONE):
        return "pk"
    target = relation.field.target_field
    return "pk" if target.primary_key else str(target.name)


def _relation_kind(relation: Any) -> AccessKind | None:
    if not relation.is_relation:
        return None
    if relation.many_to_many:
        return AccessKind.MANY_TO_MANY
    if relation.one_to_many:
        is_generic = getattr(relation, "content_type_field_name", None)
        return AccessKind.GENERIC_RELATION if is_generic else AccessKind.REVERSE
    if relation.auto_created and not relation.concrete:
        return AccessKind.REVERSE_ONE_TO_ONE
    if relation.related_model is None or getattr(relation, "ct_field", None):
        return AccessKind.GENERIC_FORWARD
    return AccessKind.FORWARD
