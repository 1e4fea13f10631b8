"""Every statement that Django's ORM makes of the sample project's models has a shape and can be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Count, Exists, F, Field, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower, TruncDay

from queryscope.sql.fingerprint import fingerprint, kind, normalize, tables
from queryscope.sql.layout import lay_out
from queryscope.sql.statement import Statement, read_statement

MODELS = [model for model in apps.get_models() if model._meta.managed]
TEXT = ("icontains", "startswith", "istartswith", "iendswith", "iexact", "contains")


def sql_of(queryset: QuerySet[Any]) -> str:
    return str(queryset.query.sql_with_params()[0])


def read(sql: str) -> Statement:
    statement = read_statement(sql)
    assert statement is not None, sql
    return statement


def text_fields(model: type[Model]) -> list[Field[Any, Any]]:
    kinds = ("CharField", "TextField", "SlugField", "EmailField")
    return [field for field in model._meta.concrete_fields if field.get_internal_type() in kinds]


def querysets(model: type[Model]) -> Iterator[QuerySet[Any]]:
    rows = model._base_manager.all()
    yield rows.filter(pk=1)
    yield rows.filter(pk__in=[1, 2, 3]).order_by("-pk")[:5]
    yield rows.exclude(pk__lt=4).distinct()
    yield rows.filter(Q(pk=1) | Q(pk__gt=7))
    yield rows.annotate(n=Count("pk")).filter(n__gt=1).order_by("-n")
    yield rows.values("pk").annotate(top=Max("pk"))
    yield rows.filter(Exists(model._base_manager.filter(pk=OuterRef("pk"))))
    yield rows.annotate(same=Subquery(model._base_manager.filter(pk=OuterRef("pk")).values("pk")[:1]))
    yield rows.filter(pk__in=model._base_manager.filter(pk__gt=3).values("pk"))
    yield rows.filter(pk=F("pk") + 1)
    for field in model._meta.concrete_fields:
        yield rows.filter(**{f"{field.name}__isnull": True}).order_by(F(field.name).desc(nulls_last=True))
        if field.is_relation:
            yield rows.select_related(field.name).filter(**{f"{field.name}__pk": 1})
        if field.get_internal_type() == "DateTimeField":
            yield rows.annotate(day=TruncDay(field.name)).values("day").annotate(n=Count("pk"))
    for field in text_fields(model):
        for lookup in TEXT:
            yield rows.filter(**{f"{field.name}__{lookup}": "x"})
        yield rows.order_by(Lower(field.name))[10:20]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_queryset_is_read(model: type[Model]):
    for queryset in querysets(model):
        sql = sql_of(queryset)
        statement = read(sql)
        assert statement.kind == kind(sql) == "select"
        assert model._meta.db_table in statement.tables
        assert statement.tables == tables(sql)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_shape_says_as_much_as_the_statement(model: type[Model]):
    for queryset in querysets(model):
        sql = sql_of(queryset)
        exact, shape = read(sql), read(normalize(sql))
        assert [(one.table, one.column, one.operator) for one in exact.predicates] == [
            (one.table, one.column, one.operator) for one in shape.predicates
        ]
        assert [(key.table, key.column) for key in exact.sort_keys] == [
            (key.table, key.column) for key in shape.sort_keys
        ]
        assert (exact.joins, exact.has_limit, exact.has_or) == (shape.joins, shape.has_limit, shape.has_or)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_normalising_or_laying_out_a_shape_changes_nothing_more(model: type[Model]):
    for queryset in querysets(model):
        shape = normalize(sql_of(queryset))
        assert normalize(shape) == shape
    for queryset in islice(querysets(model), 7):  # laying out takes 30 ms
        shape = normalize(sql_of(queryset))
        assert "".join(lay_out(shape).split()) == "".join(shape.split())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_querysets_that_differ_in_structure_differ_in_shape(model: type[Model]):
    statements = {sql_of(queryset) for queryset in querysets(model)}
    assert len({fingerprint(sql) for sql in statements}) == len(statements)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_length_of_lists_and_depth_of_pages_are_no_structure(model: type[Model]):
    rows = model._base_manager.all()
    assert fingerprint(sql_of(rows.filter(pk__in=[1]))) == fingerprint(sql_of(rows.filter(pk__in=[1, 2, 3])))
    assert fingerprint(sql_of(rows[0:20])) == fingerprint(sql_of(rows[:50]))
    assert fingerprint(sql_of(rows[20:40])) == fingerprint(sql_of(rows[40:60]))
    assert fingerprint(sql_of(rows.filter(pk=1))) != fingerprint(sql_of(rows.filter(pk__in=[1])))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_conditions_name_table_and_column(model: type[Model]):
    for field in model._meta.local_concrete_fields:
        rows = model._base_manager.filter(**{f"{field.name}__isnull": False}).order_by()
        [predicate] = read(sql_of(rows)).predicates or [None]
        if predicate is None:  # Django knows that a column is never NULL and asks nothing
            continue
        assert predicate.table == field.model._meta.db_table
        assert (predicate.column, predicate.operator) == (field.column, "is not null")
