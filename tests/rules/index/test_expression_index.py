"""Tests of rules/index/expression_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index, Refusal
from queryscope.rules.index.expression_index import ExpressionIndex
from queryscope.sql.resolve import Known
from tests.rules.index.records import TABLE, advise, make_schema, nearest, scan, written

UPPER = "(upper((name)::text) = upper(…::text))"
STATUS = "((data -> …::text) = …::jsonb)"
ASKED = f'WHERE ("{TABLE}"."data" -> %s) = %s'
KNOWN = Known(paths=frozenset({"status"}), time_zone="Europe/Berlin")


def test_an_expression_without_a_value_is_read_from_the_plan_alone():
    (advice,) = advise(ExpressionIndex(), scan(UPPER))
    assert [(key.expression, key.django) for key in advice.keys] == [('UPPER("name")', 'Upper("name")')]
    assert advice.reason == 'The query computes Upper("name") for 200,000 rows of archive_record to keep 40.'


def test_an_expression_that_is_rarely_there_is_found_by_it():
    (advice,) = advise(ExpressionIndex(), scan("(lower(title) IS NOT NULL)"))
    assert written([advice]) == [['Lower("title")']]


def test_a_key_of_json_is_told_if_it_is_part_of_the_lookup():
    (advice,) = advise(ExpressionIndex(), scan(STATUS), ASKED, ("status", '"secret"'), known=KNOWN)
    assert written([advice]) == [['KeyTransform("status", "data")']]
    assert "secret" not in repr(advice)
    assert "one GIN index would serve every key" in advice.reason


@pytest.mark.parametrize("where", [ASKED, ""])
def test_a_value_that_stands_nowhere_in_the_source_is_never_told(where):
    (refusal,) = advise(ExpressionIndex(), scan(STATUS), where, ("secret", "1"))
    assert refusal.kind == "hidden-constant"
    assert "secret" not in repr(refusal)


@pytest.mark.parametrize(
    ("where", "params", "known", "written_as"),
    [
        ("(made AT TIME ZONE %s)::date = %s", ("Europe/Berlin", 1), KNOWN, 'TruncDate("made")'),
        (
            "(made AT TIME ZONE %s)::date = %s",
            ("UTC", 1),
            Known(literals=frozenset({"UTC"}), time_zone="Europe/Berlin"),
            'TruncDate("made", tzinfo=zoneinfo.ZoneInfo("UTC"))',
        ),
        ("EXTRACT(DOW FROM day) + 1 = %s", (1,), KNOWN, 'ExtractWeekDay("day")'),
        (
            "COALESCE(low, %s) = %s",
            (7, 1),
            Known(literals=frozenset({7})),
            'Coalesce("low", models.Value(7))',
        ),
        ("(low + high) > %s", (7,), KNOWN, 'models.F("low") + models.F("high")'),
        ("(made - made) > %s", (7,), KNOWN, 'models.F("made") - models.F("made")'),
        ("(local - local) > %s", (7,), KNOWN, 'models.F("local") - models.F("local")'),
        ("lower(during) < %s", (7,), KNOWN, 'models.Func(models.F("during"), function="lower")'),
    ],
)
def test_every_expression_has_its_text_of_djangos(where, params, known, written_as):
    (advice,) = advise(ExpressionIndex(), scan("((("), f"WHERE {where}", params, known=known)
    assert written([advice]) == [[written_as]]


@pytest.mark.parametrize(
    ("where", "params", "kind"),
    [
        ("(made)::date = %s", (1,), "not-immutable"),
        ("DATE_TRUNC(%s, day) = %s", ("month", 1), "not-immutable"),
        ("DATE_TRUNC(%s, made) = %s", ("month", 1), "not-immutable"),
        ("EXTRACT(MONTH FROM made) = %s", (1,), "not-immutable"),
        ("(title)::date = %s", (1,), "not-immutable"),
        ("(made)::text LIKE %s", ("x%",), "not-immutable"),
        ("(made - now()) > %s", (1,), "not-immutable"),
        ("(made - local) > %s", (1,), "not-immutable"),
        ("(made - (made - made)) > %s", (1,), "not-immutable"),
        ("to_char(made, %s) = %s", ("a", "b"), "not-immutable"),
        ("to_tsvector(COALESCE(title, %s)) @@ plainto_tsquery(%s)", ("", "x"), "not-immutable"),
        ("(made AT TIME ZONE %s)::date = %s", ("Asia/Tokyo", 1), "hidden-constant"),
        ("SIMILARITY(title, %s) > %s", ("secret", 0.3), "no-operator"),
        ("CASE WHEN low = %s THEN high END = %s", (1, 1), "unknown-expression"),
        ("CASE low WHEN %s THEN high END = %s", (1, 1), ""),
    ],
)
def test_what_postgresql_does_not_index_is_refused_with_its_reason(where, params, kind):
    answers = advise(ExpressionIndex(), scan("((("), f"WHERE {where}", params)
    assert [one.kind for one in answers] == ([kind] if kind else [])
    assert all(one.reason.endswith(".") and "x%" not in one.reason for one in answers)


@pytest.mark.parametrize(
    ("expression", "params", "written_as"),
    [
        ("DATE_TRUNC(%s, made AT TIME ZONE %s)", ("week", "UTC"), 'TruncWeek("made", {})'),
        ("DATE_TRUNC(%s, made AT TIME ZONE %s)", ("quarter", "Asia/Tokyo"), 'TruncQuarter("made", {})'),
        ("(made AT TIME ZONE %s)::time", ("Asia/Tokyo",), 'TruncTime("made", {})'),
        ("EXTRACT(HOUR FROM made AT TIME ZONE %s)", ("UTC",), 'ExtractHour("made", {})'),
        ("EXTRACT(DOW FROM made AT TIME ZONE %s) + 1", ("Asia/Tokyo",), 'ExtractWeekDay("made", {})'),
    ],
)
def test_a_time_zone_that_stands_in_the_source_and_utc_are_part_of_the_expression(
    expression, params, written_as
):
    known = Known(literals=frozenset({"Asia/Tokyo"}), time_zone="Europe/Berlin")
    (advice,) = advise(ExpressionIndex(), scan("((("), f"WHERE {expression} = %s", (*params, 1), known=known)
    assert written([advice]) == [[written_as.format(f'tzinfo=zoneinfo.ZoneInfo("{params[-1]}")')]]
    assert f"AT TIME ZONE '{params[-1]}'" in advice.keys[0].expression


def test_an_offset_is_no_time_zone_by_name():
    known = Known(literals=frozenset({"+05:30"}), time_zone="UTC")
    where = "WHERE (made AT TIME ZONE %s)::date = %s"
    (refusal,) = advise(ExpressionIndex(), scan("((("), where, ("+05:30", 1), known=known)
    assert refusal.kind == "unknown-expression"
    assert "no name that Python knows" in refusal.reason


def test_a_column_without_a_time_zone_is_not_put_into_one():
    where = "WHERE DATE_TRUNC(%s, local AT TIME ZONE %s) = %s"
    (refusal,) = advise(ExpressionIndex(), scan("((("), where, ("week", "UTC", 1), known=KNOWN)
    assert refusal.kind == "unknown-expression"


def test_an_equal_column_stands_before_the_expression():
    answers = advise(ExpressionIndex(), scan(f"({UPPER} AND (room = …))"))
    assert written(answers) == [['Upper("name")'], ["room", 'Upper("name")']]


def test_the_order_of_an_expression_is_indexed_as_it_is_asked():
    order = 'ORDER BY LOWER("archive_record"."title") DESC NULLS LAST LIMIT 5'
    (advice,) = advise(ExpressionIndex(), nearest(), order)
    (key,) = advice.keys
    assert (key.django, key.is_descending, key.nulls) == ('Lower("title")', True, "last")


GAP = '"archive_record"."high" - "archive_record"."low"'
FILLED = "(high IS NOT NULL)"


@pytest.mark.parametrize("order", [f"{GAP} DESC", f"{GAP} NULLS FIRST"])
def test_nulls_that_stand_first_are_left_out_if_they_are_not_asked_for(order):
    where = f'WHERE "{TABLE}"."high" IS NOT NULL ORDER BY {order} LIMIT 5'
    found = advise(ExpressionIndex(), nearest(FILLED), where)
    assert [one.predicate_django for one in found] == ["", "Q(high__isnull=False)"]
    assert found[0].keys == found[1].keys


@pytest.mark.parametrize(
    ("condition", "order"),
    [
        (FILLED, GAP),  # NULLs stand last
        (FILLED, f"{GAP} DESC NULLS LAST"),
        ("(room IS NOT NULL)", f"{GAP} DESC"),
        ("(high IS NULL)", f"{GAP} DESC"),
    ],
)
def test_nulls_that_are_not_passed_stay(condition, order):
    where = f'WHERE "{TABLE}".{condition[1:-1]} ORDER BY {order} LIMIT 5'
    assert [one.predicate for one in advise(ExpressionIndex(), nearest(condition), where)] == [""]


@pytest.mark.parametrize(
    "order", ["ORDER BY title LIMIT 5", "ORDER BY LOWER(title)", "ORDER BY random() LIMIT 5"]
)
def test_other_orders_are_not(order):
    root = nearest() if "LIMIT" in order else scan(kept=200_000, removed=0)
    assert advise(ExpressionIndex(), root, order) == []


@pytest.mark.parametrize(
    "condition",
    ["(name = …)", "(upper((name)::text) ~~ …::text)", "(low <> …)"],
)
def test_other_conditions_get_none(condition):
    assert advise(ExpressionIndex(), scan(condition)) == []


def test_many_rows_that_are_kept_are_a_refusal():
    (refusal,) = advise(ExpressionIndex(), scan(UPPER, kept=150_000, removed=50_000))
    assert refusal.kind == "low-selectivity"


def test_the_same_index_covers_another_does_not():
    same = Index(name="same", method="btree", keys=("upper(name::text)",), opclasses=("text_ops",))
    (refusal,) = advise(ExpressionIndex(), scan(UPPER), schema=make_schema(same))
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "covered"
    other = Index(name="other", method="btree", keys=("lower(name::text)",), opclasses=("text_ops",))
    assert written(advise(ExpressionIndex(), scan(UPPER), schema=make_schema(other))) == [['Upper("name")']]


def test_an_index_of_another_key_of_the_same_json_is_not_taken_for_it():
    other = Index(name="other", method="btree", keys=("(data -> …::text)",), opclasses=("jsonb_ops",))
    (advice,) = advise(
        ExpressionIndex(), scan(STATUS), ASKED, ("status", "1"), known=KNOWN, schema=make_schema(other)
    )
    assert written([advice]) == [['KeyTransform("status", "data")']]


def test_a_condition_of_another_table_of_the_statement_is_none_of_this_scan():
    where = (
        'INNER JOIN "shop_x" ON ("archive_record"."id" = "shop_x"."r_id") WHERE UPPER("shop_x"."name") = %s'
    )
    assert advise(ExpressionIndex(), scan("((name)::text <> …)"), where, ("x",)) == []
