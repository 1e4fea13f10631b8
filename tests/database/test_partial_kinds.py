"""Conditions of partial indexes beyond a plain comparison: what Django makes of them, what proves them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Q
from django.db.models.functions import Greatest, Left, Length, Mod

from queryscope.database.catalog import schema_of
from queryscope.fixes.index_code import create_sql, django_index, index_imports
from queryscope.rules.index import Constant, propose_indexes
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.sql.statement import read_executed
from tests.builders import make_query_group, make_site
from tests.database.archive import MODELS, TABLES, Record, explained, known, scans, small_archive

__all__ = ["small_archive"]

ALL = Record.objects.all()
DAY = dt.date(2024, 5, 1)
MOMENT = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
TOLD = known(2.5, 60, 512, 700, paths=("data", "status", "size", "owner", "city", "flag7"))


def constant(field, value, lookup="exact", *, is_excluded=False):
    return Constant(field=field, value=value, lookup=lookup, is_excluded=is_excluded)


# Each: what is asked, constants of the source, the method, and the condition.
CASES = {
    "key of json": (
        ALL.filter(data__status="state 3").order_by("made")[:5],
        [constant("data__status", "state 3")],
        "btree",
        'models.Q(data__status="state 3")',
    ),
    "key with a number": (
        ALL.filter(data__size=5, low=5),
        [constant("data__size", 5)],
        "btree",
        "models.Q(data__size=5)",
    ),
    "key that is true": (
        ALL.filter(data__flag7=True, low=7),
        [constant("data__flag7", True)],
        "btree",
        "models.Q(data__flag7=True)",
    ),
    "key of a key": (
        ALL.filter(data__owner__city="City 3", low=3),
        [constant("data__owner__city", "City 3")],
        "btree",
        'models.Q(data__owner__city="City 3")',
    ),
    "listed keys": (
        ALL.filter(data__status__in=["state 3", "it's"], low=3),
        [constant("data__status", ("state 3", "it's"), "in")],
        "btree",
        'models.Q(data__status__in=["state 3", "it\'s"])',
    ),
    "listed key of one": (
        ALL.filter(data__status__in=['say "3"'], low=3),
        [constant("data__status", ('say "3"',), "in")],
        "btree",
        'models.Q(data__status="say \\"3\\"")',
    ),
    "key that is there": (
        ALL.filter(data__has_key="flag7").order_by("made")[:5],
        [constant("data", "flag7", "has_key")],
        "btree",
        'models.Q(data__has_key="flag7")',
    ),
    "key that is not missing": (
        ALL.filter(data__flag7__isnull=False, low=7),
        [],
        "btree",
        "models.Q(data__flag7__isnull=False)",
    ),
    "either bound": (
        ALL.filter(Q(low__lt=3) | Q(high__gt=775), made__gte=MOMENT),
        [constant("low", 3, "lt"), constant("high", 775, "gt")],
        "btree",
        "models.Q(low__lt=3) | models.Q(high__gt=775)",
    ),
    "either value": (
        ALL.filter(Q(room=3) | Q(room=7), low=3),
        [constant("room", (3, 7), "either")],
        "btree",
        "models.Q(room__in=[3, 7])",
    ),
    "both of an arm": (
        ALL.filter(Q(room=3, low__lt=9) | Q(high__gt=775), digest="x"),
        [constant("room", 3), constant("low", 9, "lt"), constant("high", 775, "gt")],
        "btree",
        "models.Q(low__lt=9, room=3) | models.Q(high__gt=775)",
    ),
    "an arm that leaves out": (
        ALL.filter(~Q(room=3) | Q(high__gt=775), digest="x"),
        [constant("room", 3, is_excluded=True), constant("high", 775, "gt")],
        "btree",
        "~models.Q(room=3) | models.Q(high__gt=775)",
    ),
    "letters within a text": (
        ALL.filter(title__contains="tle 4", room=3),
        [constant("room", 3)],
        "gin",
        "models.Q(room=3)",
    ),
    "values of an array": (
        ALL.filter(tags__contains=["tag3"], room=3),
        [constant("room", 3)],
        "gin",
        "models.Q(room=3)",
    ),
    "words": (
        ALL.filter(searched=SearchQuery("word7", config="english"), room__in=[3, 4]),
        [constant("room", (3, 4), "in")],
        "gin",
        "models.Q(room__in=[3, 4])",
    ),
    "json that holds a value, and has a key": (
        ALL.filter(tags__contains=["tag3"], data__has_key="flag7"),
        [constant("data", "flag7", "has_key")],
        "gin",
        'models.Q(data__has_key="flag7")',
    ),
    "a column against a sum": (
        ALL.filter(low__gt=F("high") + 700).order_by("made")[:5],
        [constant("low", (700,), "gt computed")],
        "btree",
        'models.Q(low__gt=models.F("high") + 700)',
    ),
    "a column against a function": (
        ALL.filter(low__gt=Greatest("high", 700), room=3),
        [constant("low", (700,), "gt computed")],
        "btree",
        'models.Q(low__gt=Greatest("high", models.Value(700)))',
    ),
    "a column against a product": (
        ALL.filter(low__gt=F("high") * 2.5, room=3),
        [constant("low", (2.5,), "gt computed")],
        "btree",
        'models.Q(low__gt=models.F("high") * 2.5)',
    ),
    "what lies between two moments": (
        ALL.annotate(took=F("made") - F("logged")).filter(took__gt=dt.timedelta(days=9), room=3),
        [constant("took", dt.timedelta(days=9), "gt")],
        "btree",
        'models.Q(GreaterThan(models.F("made") - models.F("logged"), datetime.timedelta(days=9)))',
    ),
    "two sums": (
        ALL.annotate(sum=F("low") + F("high")).filter(sum__lt=F("room") - F("id"), room=3),
        [],
        "btree",
        'models.Q(LessThan(models.F("low") + models.F("high"), models.F("room") - models.F("id")))',
    ),
    "a length": (
        ALL.annotate(letters=Length("title")).filter(letters__gt=60).order_by("made")[:5],
        [constant("letters", 60, "gt")],
        "btree",
        'models.Q(GreaterThan(Length("title"), 60))',
    ),
    "a difference below zero": (
        ALL.annotate(gap=F("low") - F("high")).filter(gap__lte=-700, name="x"),
        [constant("gap", -700, "lte")],
        "btree",
        'models.Q(LessThanOrEqual(models.F("low") - models.F("high"), -700))',
    ),
    "bits of a mask": (
        ALL.annotate(mask=F("low").bitand(512)).filter(mask__gt=0, room=3),
        [constant("mask", 0, "gt")],
        "btree",
        'models.Q(GreaterThan(models.F("low").bitand(512), 0))',
    ),
    "bits that are left out": (
        ALL.annotate(mask=F("low").bitand(512)).exclude(mask=0).filter(room=3),
        [constant("mask", 0, is_excluded=True)],
        "btree",
        '~models.Q(Exact(models.F("low").bitand(512), 0))',
    ),
    "bits that are set": (
        ALL.annotate(mask=F("low").bitor(512)).filter(mask=700, room=3),
        [constant("mask", 700)],
        "btree",
        'models.Q(Exact(models.F("low").bitor(512), 700))',
    ),
    "a rest": (
        ALL.annotate(rest=F("low") % 60).filter(rest=0, room=3),
        [constant("rest", 0)],
        "btree",
        'models.Q(Exact(models.F("low") % 60, 0))',
    ),
    "a rest by its function": (
        ALL.annotate(rest=Mod("low", 60)).filter(rest__gte=55, room=3),
        [constant("rest", 55, "gte")],
        "btree",
        'models.Q(GreaterThanOrEqual(Mod("low", models.Value(60)), 55.0))',
    ),
    "the beginning of a text": (
        ALL.annotate(first=Left("digest", 60)).filter(first="it's", room=3),
        [constant("first", "it's")],
        "btree",
        'models.Q(Exact(Left("digest", 60), "it\'s"))',
    ),
    "an hour": (
        ALL.filter(made__hour__gte=23, room=3),
        [constant("made__hour", 23, "gte")],
        "btree",
        'models.Q(GreaterThanOrEqual(ExtractHour("made"), 23))',
    ),
    "a range without an end": (
        ALL.filter(during__upper_inf=True),
        [],
        "btree",
        "models.Q(during__upper_inf=True)",
    ),
    "a range that begins behind its bound": (
        ALL.filter(during__lower_inc=False, low=3),
        [],
        "btree",
        "models.Q(during__lower_inc=False)",
    ),
    "letters within a text, and a length": (
        ALL.annotate(letters=Length("digest")).filter(title__contains="tle 4", letters__lt=60),
        [constant("letters", 60, "lt")],
        "gin",
        'models.Q(LessThan(Length("digest"), 60))',
    ),
    "a day of a range": (
        ALL.filter(during__contains=DAY, room=3),
        [constant("room", 3)],
        "gist",
        "models.Q(room=3)",
    ),
}


def proposed(connection, queryset, constants):
    sql, params = queryset.query.sql_with_params()
    group = make_query_group(sql=sql, fingerprint="f0", site=make_site("archive.Record"))
    plan, schema = explained(connection, sql, params), schema_of(connection, TABLES)
    plan = replace(plan, execution_time_ms=9.0)  # as if the rows were many
    found, _ = propose_indexes(
        group, plan, read_executed(sql, params, TOLD), schema, MODELS, constants, is_test_size=False
    )
    return found


def defined(connection, sql, name):
    with connection.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(sql)
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
        found = cursor.fetchone()[0]
        cursor.execute("ROLLBACK")
    return found


def partial_of(connection, case):
    queryset, constants, method, code = CASES[case]
    found = [one for one in proposed(connection, queryset, constants) if one.predicate]
    wanted = [one for one in found if one.method == method and f"condition={code})" in django_index(one)]
    assert wanted, [django_index(one) for one in found]
    return wanted[0]


@pytest.mark.parametrize("case", CASES)
def test_django_makes_the_index_that_the_query_proves(small_archive, case):
    advice = partial_of(small_archive, case)
    names = {}
    exec("\n".join(index_imports(advice)), names)
    index = eval(django_index(advice), names)
    with small_archive.schema_editor(collect_sql=True) as editor:
        theirs = str(index.create_sql(Record, editor)).replace("%%", "%")
    ours = create_sql(advice, concurrently=False)
    assert defined(small_archive, theirs, advice.name) == defined(small_archive, ours, advice.name)
    sql, params = CASES[case][0].query.sql_with_params()
    plan = explained(small_archive, sql, params, before=f"{ours}; SET LOCAL enable_seqscan = off")
    assert advice.name in repr(plan)


@pytest.mark.parametrize("case", CASES)
def test_it_is_known_again_when_it_is_there(small_archive, case):
    advice = partial_of(small_archive, case)
    with small_archive.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(create_sql(advice, concurrently=False))
        (scan,) = scans(small_archive, CASES[case][0], TOLD)
        cursor.execute("ROLLBACK")
    found = existing_index(scan, method=advice.method, keys=advice.keys, predicate=advice.predicate)
    assert found is not None
    assert found.name == advice.name


FROM_SOURCE = ("key of json", "either bound", "either value", "a day of a range")
COMPUTED = ("a column against a sum", "a column against a function", "a length", "bits of a mask", "a rest")


@pytest.mark.parametrize("case", [*FROM_SOURCE, *COMPUTED])
def test_without_the_source_there_is_no_condition(small_archive, case):
    assert not [one for one in proposed(small_archive, CASES[case][0], []) if one.predicate]


@pytest.mark.parametrize(
    ("case", "other"),
    [
        ("key of json", constant("data__status", "state 4")),
        ("key that is there", constant("data", "flag8", "has_key")),
        ("a day of a range", constant("room", 4)),
        ("a length", constant("letters", 61, "gt")),
        ("a rest", constant("left", 1)),
    ],
)
def test_what_is_guessed_wrong_the_query_does_not_use(small_archive, case, other):
    queryset, _, method, _ = CASES[case]
    (advice, *_) = [
        one for one in proposed(small_archive, queryset, [other]) if one.predicate and one.method == method
    ]
    sql, params = queryset.query.sql_with_params()
    before = f"{create_sql(advice, concurrently=False)}; SET LOCAL enable_seqscan = off"
    assert advice.name not in repr(explained(small_archive, sql, params, before=before))


LETTERS = ALL.annotate(letters=Length("title"), gap=F("low") - F("high"))


@pytest.mark.parametrize(
    ("asked", "constants"),
    [
        (ALL.filter(low__gt=F("high") + 700), [constant("low", (701,), "gt computed")]),
        (ALL.filter(low__gt=F("high") + 700), [constant("low", 700, "gt")]),
        (ALL.filter(low__gt=F("high") + 700), [constant("low", (700,), "lt computed")]),
        (
            ALL.filter(low__gt=F("high") + 701),
            [constant("low", (701,), "gt computed")],
        ),  # nowhere in the source
        (LETTERS.filter(letters__gt=60, gap__gt=700), [constant("letters", 60, "gt")]),  # which of them?
        (LETTERS.filter(letters__gt=60), [constant("letters", 60, "gt"), constant("gap", 700, "gt")]),
        (LETTERS.filter(letters__gt=60), [constant("letters", 60, "gt", is_excluded=True)]),
        (LETTERS.filter(letters__gt=60), [constant("letters", "60", "gt")]),
        (LETTERS.exclude(letters__gt=60), [constant("letters", 60, "gt")]),
        (ALL.filter(data__status=F("data__owner__city")), []),
        (ALL.filter(made__gt=F("logged") + dt.timedelta(days=9)), []),  # depends on the time zone
        (ALL.filter(during__startswith=DAY), [constant("during__startswith", "2024-05-01")]),
    ],
)
def test_other_computed_values_make_no_condition(small_archive, asked, constants):
    found = proposed(small_archive, asked.filter(exact="x"), constants)
    assert [one.predicate for one in found if one.predicate] == []


def test_a_key_that_alone_is_asked_for_is_indexed_with_all_its_values(small_archive):
    asked, constants = ALL.filter(data__status="state 3"), [constant("data__status", "state 3")]
    found = [django_index(one).partition(", name=")[0] for one in proposed(small_archive, asked, constants)]
    assert found == ['models.Index(KeyTransform("status", "data")']
