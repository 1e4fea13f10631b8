"""Django's code for an index of an expression builds what PostgreSQL takes for the query."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.fields.json import KT
from django.db.models.functions import (
    Abs,
    Cast,
    Ceil,
    Coalesce,
    Collate,
    Concat,
    Left,
    Length,
    Lower,
    LPad,
    Power,
    Replace,
    Round,
    Sign,
    Sqrt,
    Substr,
    Trim,
    TruncHour,
    TruncMonth,
    Upper,
)

from queryscope.analysis.existing_indexes import replaced_by
from queryscope.database.catalog import schema_of
from queryscope.fixes.index_code import create_sql, django_index, index_imports
from queryscope.model import IndexAdvice, IndexKey
from queryscope.rules.index.candidate.constants import Constant
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.fixed import with_constants
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.partial_index import PartialIndex
from queryscope.sql.statement import read_executed
from tests.builders import make_query_group, make_site
from tests.database.archive import MODELS, TABLES, Record, explained, known, scans, small_archive

__all__ = ["small_archive"]

ALL = Record.objects.all()
DAY = dt.date(2024, 5, 1)
MOMENT = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
TITLE = 'SearchVector("title", config="english", weight="A")'
BODY = 'SearchVector("body", config="english", weight="B")'
ENGLISH = SearchQuery("word7", config="english")


def annotated(expression, value, lookup="x"):
    return ALL.annotate(x=expression).filter(**{lookup: value})


CASES = {
    "upper": (ALL.filter(name__iexact="x"), 'Upper("name")', "btree"),
    "upper of text": (ALL.filter(title__iexact="x"), 'Upper("title")', "btree"),
    "lower": (annotated(Lower("name"), "x"), 'Lower("name")', "btree"),
    "nested": (annotated(Lower(Trim("name")), "x"), 'Lower(Trim("name"))', "btree"),
    "length": (annotated(Length("name"), 3), 'Length("name")', "btree"),
    "left": (annotated(Left("name", 3), "x"), 'Left("name", 3)', "btree"),
    "substring": (annotated(Substr("name", 2, 3), "x"), 'Substr("name", 2, 3)', "btree"),
    "json key": (ALL.filter(data__status="state 3"), 'KeyTransform("status", "data")', "btree"),
    "json number": (ALL.filter(data__size__gt=5), 'KeyTransform("size", "data")', "btree"),
    "json place": (ALL.filter(data__0="x"), 'KeyTransform(0, "data")', "btree"),
    "json key in json": (
        ALL.filter(data__owner__city="City 3"),
        'KeyTransform("city", KeyTransform("owner", "data"))',
        "btree",
    ),
    "json place in json": (
        ALL.filter(data__owner__0__city="City 3"),
        'KeyTransform("city", KeyTransform("0", KeyTransform("owner", "data")))',
        "btree",
    ),
    "json text": (annotated(KT("data__status"), "state 3"), 'KeyTextTransform("status", "data")', "btree"),
    "json text in json": (
        annotated(KT("data__owner__city"), "City 3"),
        'KeyTextTransform("city", KeyTransform("owner", "data"))',
        "btree",
    ),
    "json text, upper": (
        ALL.filter(data__status__iexact="state 3"),
        'Upper(KeyTextTransform("status", "data"))',
        "btree",
    ),
    "date": (ALL.filter(made__date=DAY), 'TruncDate("made")', "btree"),
    "time": (
        ALL.filter(made__time=dt.time(3)),
        'TruncTime("made")',
        "btree",
    ),
    "month": (
        annotated(TruncMonth("made"), MOMENT),
        'TruncMonth("made")',
        "btree",
    ),
    "hour": (
        annotated(TruncHour("made"), MOMENT),
        'TruncHour("made")',
        "btree",
    ),
    "part": (ALL.filter(made__month=3), 'ExtractMonth("made")', "btree"),
    "part of a date": (ALL.filter(day__month=3), 'ExtractMonth("day")', "btree"),
    "week day": (ALL.filter(day__week_day=3), 'ExtractWeekDay("day")', "btree"),
    "iso week day": (ALL.filter(day__iso_week_day=3), 'ExtractIsoWeekDay("day")', "btree"),
    "second": (ALL.filter(made__second=3), 'ExtractSecond("made")', "btree"),
    "sum": (annotated(F("low") + F("high"), 3), 'models.F("low") + models.F("high")', "btree"),
    "difference in a function": (
        annotated(Abs(F("low") - F("high")), 3),
        'Abs(models.F("low") - models.F("high"))',
        "btree",
    ),
    "arithmetic": (
        annotated((F("low") + F("high")) * 2, 30),
        '(models.F("low") + models.F("high")) * 2',
        "btree",
    ),
    "remainder": (annotated(F("low") % 10, 3), 'models.F("low") % 10', "btree"),
    "bits": (annotated(F("low").bitand(2), 0, "x__gt"), 'models.F("low").bitand(2)', "btree"),
    "bits of a sum": (
        annotated((F("low") + F("high")).bitor(2), 3),
        '(models.F("low") + models.F("high")).bitor(2)',
        "btree",
    ),
    "bits that differ": (
        annotated(F("low").bitxor(F("high")), 3),
        'models.F("low").bitxor(models.F("high"))',
        "btree",
    ),
    "an open end": (
        ALL.filter(during__upper_inf=True),
        'models.Func(models.F("during"), function="upper_inf")',
        "btree",
    ),
    "an empty range": (
        ALL.filter(during__isempty=True),
        'models.Func(models.F("during"), function="isempty")',
        "btree",
    ),
    "coalesce": (annotated(Coalesce("low", 0), 3), 'Coalesce("low", models.Value(0))', "btree"),
    "concat": (
        annotated(Concat("name", Value(", "), "title", output_field=models.TextField()), "x"),
        'Concat("name", models.Value(", "), "title", output_field=models.TextField())',
        "btree",
    ),
    "concat of two": (
        annotated(Concat("title", "body"), "x"),
        'Concat("title", "body", output_field=models.TextField())',
        "btree",
    ),
    "cast": (annotated(Cast("low", models.TextField()), "3"), 'Cast("low", models.TextField())', "btree"),
    "cast of a json text": (
        annotated(Cast(KT("data__size"), models.IntegerField()), 3),
        'Cast(KeyTextTransform("size", "data"), models.IntegerField())',
        "btree",
    ),
    "cast to decimals": (
        annotated(Cast(KT("data__size"), models.DecimalField(max_digits=8, decimal_places=2)), 3),
        'Cast(KeyTextTransform("size", "data"), models.DecimalField(max_digits=8, decimal_places=2))',
        "btree",
    ),
    "cast to a short text": (
        annotated(Cast("low", models.CharField(max_length=8)), "3"),
        'Cast("low", models.CharField(max_length=8))',
        "btree",
    ),
    "replace": (
        annotated(Replace("name", Value("A"), Value("B")), "x"),
        'Replace("name", models.Value("A"), models.Value("B"))',
        "btree",
    ),
    "pad": (
        annotated(LPad("name", 10, Value("A")), "x"),
        'LPad("name", 10, models.Value("A"))',
        "btree",
    ),
    "round": (annotated(Round("low"), 3), 'Round("low")', "btree"),
    "by its name": (
        annotated(Func(F("name"), function="initcap", output_field=models.TextField()), "x"),
        'models.Func(models.F("name"), function="initcap")',
        "btree",
    ),
    "address": (
        ALL.filter(address__endswith="7.1"),
        'models.Func(models.F("address"), function="host")',
        "gin",
    ),
    "start of a range": (
        ALL.filter(during__startswith=DAY),
        'models.Func(models.F("during"), function="lower")',
        "btree",
    ),
    "element": (ALL.filter(tags__0="tag3"), 'models.F("tags__0")', "btree"),
    "length of an array": (ALL.filter(tags__len=2), 'models.F("tags__len")', "btree"),
    "length of an array, bounded": (ALL.filter(tags__len__gt=2), 'models.F("tags__len")', "btree"),
    "citext": (ALL.filter(nick="nick3"), "nick", "btree"),
    "search vector": (
        annotated(SearchVector("body", config="english"), ENGLISH),
        'SearchVector("body", config="english")',
        "gin",
    ),
    "search vector of columns": (
        annotated(SearchVector("title", "body", "name", config="english"), ENGLISH),
        'SearchVector("title", "body", "name", config="english")',
        "gin",
    ),
    "search vector of a number": (
        annotated(SearchVector("title", "low", config="english"), ENGLISH),
        'SearchVector("title", Cast("low", models.TextField()), config="english")',
        "gin",
    ),
    "search vector with weights": (
        annotated(
            SearchVector("title", config="english", weight="A")
            + SearchVector("body", config="english", weight="B"),
            ENGLISH,
        ),
        f"{TITLE} + {BODY}",
        "gin",
    ),
}
TOLD = known("english", "A", "B", ", ", 0, 2, 3, 10, paths=("status", "size", "owner", "city", "0"))


def advice_of(key, method, *, name):
    opclass = "gin_trgm_ops" if method == "gin" and "Func" in key.django else ""
    return IndexAdvice(
        relation="archive_record",
        model="archive.Record",
        method=method,
        keys=(replace(key, opclass=opclass),),
        name=name,
    )


def definition(cursor, sql, name):
    cursor.execute("BEGIN")
    cursor.execute(sql)
    cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
    found = cursor.fetchone()[0]
    cursor.execute("ROLLBACK")
    return found


@pytest.mark.parametrize("case", CASES)
def test_djangos_code_builds_the_index_that_the_query_uses(small_archive, case):
    queryset, code, method = CASES[case]
    (scan,) = scans(small_archive, queryset, TOLD)
    assert [(term.key.django, scan.obstacles) for term in scan.terms] == [(code, ())]
    (term,) = scan.terms
    advice = advice_of(term.key, method, name="by_expression")
    names = {}
    exec("\n".join(index_imports(advice)), names)
    index = eval(django_index(advice), names)
    with small_archive.schema_editor(collect_sql=True) as editor:
        statement = str(index.create_sql(Record, editor))
    ours = create_sql(advice, concurrently=False)
    with small_archive.connection.cursor() as cursor:
        assert definition(cursor, statement.replace("%%", "%"), "by_expression") == definition(
            cursor, ours, "by_expression"
        )
    sql, params = queryset.query.sql_with_params()
    plan = explained(
        small_archive, sql, params, before=f"{ours}; ANALYZE archive_record; SET LOCAL enable_seqscan = off"
    )
    assert "by_expression" in repr(plan)


def scan_beside(connection, advice, queryset):
    """The scan of a queryset, as the catalog tells it where the advised index was built."""
    with connection.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(create_sql(advice, concurrently=False))
        (scan,) = scans(connection, queryset, TOLD_MORE)
        cursor.execute("ROLLBACK")
    return scan


# PostgreSQL prints these by other names, or with casts and words of its own.
PRINTED = {case: (queryset, method) for case, (queryset, _, method) in CASES.items()} | {
    case: (annotated(expression, value), "btree")
    for case, (expression, value) in {
        "trim": (Upper(Trim("name")), "x"),
        "length of trim": (Length(Trim("name")), 3),
        "coalesce of a short text": (Upper(Coalesce("name", Value("A"))), "x"),
        "coalesce of columns": (Coalesce("name", "title", output_field=models.TextField()), "x"),
        "ceiling": (Ceil(F("low") / 10.0), 3),
        "power": (Power("low", 2), 3),
        "square root": (Sqrt("low"), 3),
        "sign": (Sign("low"), 3),
        "negative": (-F("low"), 3),
        "collation": (Collate("name", "C"), "x"),
        "digits of a quotient": (Round(F("low") / 3.0, precision=2), 3),
        "lower of a deep key": (Lower(KT("data__owner__city")), "x"),
    }.items()
}
TOLD_MORE = known("english", "A", "B", ", ", 0, 2, 3, 10, 10.0, 3.0, -1, paths=tuple(TOLD.paths))


@pytest.mark.parametrize("case", PRINTED)
def test_the_index_is_known_again_when_it_is_there(small_archive, case):
    queryset, method = PRINTED[case]
    (scan,) = scans(small_archive, queryset, TOLD_MORE)
    advice = advice_of(scan.terms[0].key, method, name="by_expression")
    scan = scan_beside(small_archive, advice, queryset)
    assert existing_index(scan, method=method, keys=advice.keys).name == "by_expression"
    if method == "btree":
        assert serving_index(scan.table, equal=advice.keys).name == "by_expression"


@pytest.mark.parametrize("case", ["upper", "json key in json", "nested", "cast to a short text", "power"])
def test_a_longer_index_makes_one_on_the_same_expression_redundant(small_archive, case):
    queryset, method = PRINTED[case]
    (scan,) = scans(small_archive, queryset, TOLD_MORE)
    advice = advice_of(scan.terms[0].key, method, name="by_expression")
    scan = scan_beside(small_archive, advice, queryset)
    longer = replace(advice, keys=(*advice.keys, IndexKey(column="room", django="room")))
    assert replaced_by(longer, scan.table) == ("by_expression",)
    other = replace(advice, keys=(IndexKey(expression='LOWER("title")', django='Lower("title")'),))
    assert replaced_by(other, scan.table) == ()


@pytest.mark.parametrize(
    ("expression", "cast"),
    [
        (Abs("low"), Abs(Cast("low", models.FloatField()))),
        (F("low") / 3, Cast("low", models.FloatField()) / 3),
    ],
)
def test_a_cast_that_changes_the_value_is_no_word_of_postgresqls(small_archive, expression, cast):
    (scan,) = scans(small_archive, annotated(cast, 3.0), TOLD)
    advice = advice_of(scan.terms[0].key, "btree", name="by_expression")
    scan = scan_beside(small_archive, advice, annotated(expression, 3))
    assert serving_index(scan.table, equal=(scan.terms[0].key,)) is None


@pytest.mark.parametrize(
    ("case", "one", "other"),
    [
        ("json key", "'status'", "'state'"),
        ("json key in json", "owner", "owned"),
        ("json text", "'status'", "'Status'"),
        ("arithmetic", "2", "3"),
        ("concat", "', '", "'; '"),
        ("search vector", "'english'", "'german'"),
    ],
)
def test_another_constant_makes_another_index(small_archive, case, one, other):
    queryset, _, method = CASES[case]
    (scan,) = scans(small_archive, queryset, TOLD)
    key = scan.terms[0].key
    assert one in key.expression
    unlike = advice_of(
        replace(key, expression=key.expression.replace(one, other)), method, name="by_expression"
    )
    with small_archive.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(create_sql(unlike, concurrently=False))
        (scan,) = scans(small_archive, queryset, TOLD)
        cursor.execute("ROLLBACK")
    assert existing_index(scan, method=method, keys=(key,)) is None


@pytest.mark.parametrize("case", CASES)
def test_a_migration_can_hold_the_index(small_archive, case):
    from django.db.migrations.writer import MigrationWriter

    queryset, _, method = CASES[case]
    (scan,) = scans(small_archive, queryset, TOLD)
    advice = advice_of(scan.terms[0].key, method, name="by_expression")
    names = {}
    exec("\n".join(index_imports(advice)), names)
    index = eval(django_index(advice), names)
    text, imports = MigrationWriter.serialize(index)
    again = eval(text, {**names, **_imported(imports)})
    assert again.deconstruct() == index.deconstruct()


def _imported(imports):
    names = {}
    exec("\n".join(imports), names)
    return names


@pytest.mark.parametrize("condition", [{"tags__contains": ["tag3", "tag12"]}, {"tags__overlap": ["tag3"]}])
def test_a_list_that_arrays_hold_makes_the_condition_that_the_query_proves(small_archive, condition):
    queryset = ALL.filter(room=3, **condition)
    ((lookup, value),) = condition.items()
    constant = Constant(field="tags", value=tuple(value), lookup=lookup.removeprefix("tags__"))
    sql, params = queryset.query.sql_with_params()
    statement = with_constants(
        read_executed(sql, params, TOLD), [constant], model=MODELS.models[0], models=MODELS
    )
    group = make_query_group(fingerprint="f0", sql=sql, site=make_site("archive.Record"))
    schema, plan = schema_of(small_archive, TABLES), explained(small_archive, sql, params)
    (advice,) = PartialIndex().advise(group, replace(plan, execution_time_ms=9.0), statement, schema, MODELS)
    ours, names = create_sql(advice, concurrently=False), {}
    exec("\n".join(index_imports(advice)), names)
    index = eval(django_index(advice), names)
    with small_archive.schema_editor(collect_sql=True) as editor:
        theirs = str(index.create_sql(Record, editor)).replace("%%", "%")
    with small_archive.connection.cursor() as cursor:
        assert definition(cursor, theirs, advice.name) == definition(cursor, ours, advice.name)
    assert advice.name in repr(
        explained(small_archive, sql, params, before=f"{ours}; SET LOCAL enable_seqscan = off")
    )
