"""Tests of rules/index/partial_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.plans.redact import digests, redact
from queryscope.rules.index.partial_index import PartialIndex
from tests.builders import make_query_group, make_site
from tests.rules.index import records
from tests.rules.index.orders import (
    GROUP,
    TABLE,
    advise,
    columns,
    make_above,
    make_index,
    make_predicate,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

BY_STATUS = "((shop_order.status)::text = …::text)"


def asking(*literals, **more):
    """A statement with comparisons whose literals stand in the source."""
    return make_statement(literals=literals, **more)


PENDING = asking(make_predicate("status", literal="'pending'"))


def test_a_rare_constant_of_the_source_becomes_the_condition():
    (advice,) = advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING)
    assert columns(advice) == ["id"]
    assert advice.predicate == "\"status\" = 'pending'"
    assert advice.predicate_django == 'Q(status="pending")'
    assert advice.rule == "partial-index"
    assert "keeps 40 of 200,000 rows" in advice.reason
    assert "bound by the server" in advice.reason


def test_a_parameter_makes_no_partial_index():
    statement = make_statement(make_predicate("status"))
    assert advise(PartialIndex(), make_scan(BY_STATUS), statement=statement) == []


def test_other_equalities_become_the_keys():
    scan = make_scan(f"({BY_STATUS} AND (customer_id = …))")
    (advice,) = advise(PartialIndex(), scan, statement=PENDING)
    assert columns(advice) == ["customer"]


def test_the_order_of_a_page_becomes_the_keys():
    sort = make_above("Sort", make_scan(BY_STATUS), sort_key=("shop_order.created DESC",))
    (advice,) = advise(PartialIndex(), make_above("Limit", sort), statement=PENDING)
    assert columns(advice) == ["-created"]


def test_a_bound_is_tried_beside_the_order():
    scan = make_scan(f"({BY_STATUS} AND (sent < …) AND (customer_id = …))")
    sort = make_above("Sort", scan, sort_key=("shop_order.created DESC",))
    found = advise(PartialIndex(), make_above("Limit", sort), statement=PENDING)
    assert [columns(one) for one in found] == [["customer", "-created"], ["customer", "sent"]]


def test_the_beginning_of_a_text_is_found_among_the_rows_in_a_state():
    scan = make_scan(f"({BY_STATUS} AND ((code)::text ~~ …::text))")
    group = make_query_group(
        fingerprint="f0", site=make_site("shop.Order", lookups=("status", "code__startswith"))
    )
    found = advise(PartialIndex(), scan, statement=PENDING, group=group)
    assert [[(key.django, key.opclass) for key in one.keys] for one in found] == [
        [("id", "")],
        [("code", "varchar_pattern_ops")],
    ]


def test_an_order_of_another_table_leaves_the_primary_key():
    sort = make_above("Sort", make_scan(BY_STATUS), sort_key=("c.name",))
    (advice,) = advise(PartialIndex(), make_above("Limit", sort), statement=PENDING)
    assert columns(advice) == ["id"]


def test_without_a_primary_key_there_is_nothing_to_hold():
    assert (
        advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING, schema=make_schema(indexes=())) == []
    )


@pytest.mark.parametrize(
    ("condition", "predicate", "django"),
    [
        ("(shop_order.sent IS NULL)", '"sent" IS NULL', "Q(sent__isnull=True)"),
        ("shop_order.is_flagged", '"is_flagged"', "Q(is_flagged=True)"),
        ("(NOT shop_order.is_flagged)", 'NOT "is_flagged"', "Q(is_flagged=False)"),
        (
            "((sent IS NULL) AND (NOT is_flagged))",
            'NOT "is_flagged" AND "sent" IS NULL',
            "Q(is_flagged=False, sent__isnull=True)",
        ),
    ],
)
def test_null_and_booleans_are_constants_by_nature(condition, predicate, django):
    (advice,) = advise(PartialIndex(), make_scan(condition))
    assert (advice.predicate, advice.predicate_django) == (predicate, django)


@pytest.mark.parametrize(("condition", "count"), [("is_flagged", 0), ("(NOT is_flagged)", 1)])
def test_a_boolean_that_most_rows_fulfil_is_no_state(condition, count):
    own = make_schema().tables[0].columns
    own = tuple(replace(one, true_frequency=0.9) if one.name == "is_flagged" else one for one in own)
    scan = make_scan(f"({condition} AND (customer_id = …))")
    assert len(advise(PartialIndex(), scan, schema=make_schema(columns=own))) == count


def with_nulls(share):
    """The schema with that share of NULLs in `sent`."""
    return make_schema(
        columns=tuple(
            replace(one, null_frac=share) if one.name == "sent" else one
            for one in make_schema().tables[0].columns
        )
    )


@pytest.mark.parametrize(("share", "count"), [(0.5, 1), (0.51, 0)])
def test_a_null_of_most_rows_is_no_rare_state(share, count):
    scan = make_scan("((sent IS NULL) AND (customer_id = …))")
    assert len(advise(PartialIndex(), scan, schema=with_nulls(share))) == count


@pytest.mark.parametrize(("share", "count"), [(0.75, 1), (0.74, 0)])
def test_a_column_that_is_mostly_null_is_indexed_where_it_is_not(share, count):
    found = advise(PartialIndex(), make_scan("(sent >= …)"), schema=with_nulls(share))
    assert [(columns(one), one.predicate) for one in found] == [(["sent"], '"sent" IS NOT NULL')] * count


def test_what_seems_to_be_unique_among_the_living_may_be_said_so():
    (advice,) = advise(PartialIndex(), make_scan("((sent IS NULL) AND (code = …))"))
    assert "UniqueConstraint" in advice.reason
    (advice,) = advise(PartialIndex(), make_scan("((sent IS NULL) AND (customer_id = …))"))
    assert "UniqueConstraint" not in advice.reason


def test_a_rare_value_that_is_not_null_is_a_state():
    (advice,) = advise(PartialIndex(), make_scan("(sent IS NOT NULL)"), schema=with_nulls(0.9))
    assert (advice.predicate, advice.predicate_django) == ('"sent" IS NOT NULL', "Q(sent__isnull=False)")


EXCLUDED = make_predicate("status", operator="<>", literal="'done'")


@pytest.mark.parametrize(
    ("condition", "literal", "predicate", "django"),
    [
        ("((status)::text <> …::text)", EXCLUDED, "NOT (\"status\" = 'done')", '~Q(status="done")'),
        (
            "(((status)::text <> …::text) OR (status IS NULL))",
            EXCLUDED,
            'NOT ("status" = \'done\' AND "status" IS NOT NULL)',
            '~Q(status="done")',
        ),
        (
            "((status)::text <> ALL (…::text[]))",
            make_predicate("status", operator="not in", literal="('a', 'b')"),
            "NOT (\"status\" IN ('a', 'b'))",
            '~Q(status__in=["a", "b"])',
        ),
        (
            "((status)::text = ANY (…::text[]))",
            make_predicate("status", operator="in", literal="('a', 'b')"),
            "\"status\" IN ('a', 'b')",
            'Q(status__in=["a", "b"])',
        ),
        (
            "(customer_id < …)",
            make_predicate("customer_id", operator="<", literal="10"),
            '"customer_id" < 10',
            "Q(customer__lt=10)",
        ),
        (
            "((NOT is_flagged) AND ((status)::text <> …::text))",
            EXCLUDED,
            'NOT "is_flagged" AND NOT ("status" = \'done\')',
            'Q(is_flagged=False) & ~Q(status="done")',
        ),
    ],
)
def test_what_is_excluded_listed_or_bounded_by_the_source_is_a_state(condition, literal, predicate, django):
    (advice,) = advise(PartialIndex(), make_scan(condition), statement=asking(literal))
    assert (advice.predicate, advice.predicate_django) == (predicate, django)


@pytest.mark.parametrize(
    "condition",
    [
        "((status)::text = …::text)",
        "(((status)::text <> …::text) OR (sent > …))",
        "(lower((status)::text) <> …::text)",
    ],
)
def test_another_comparison_than_that_of_the_source_proves_nothing(condition):
    assert advise(PartialIndex(), make_scan(condition), statement=asking(EXCLUDED)) == []


def test_rows_that_are_joined_are_held_by_the_column_that_joins_them():
    parent = make_scan(relation_name="shop_customer", alias="c", kept=3, removed=0)
    join = make_above("Hash Join", make_scan(BY_STATUS), parent, hash_cond="(shop_order.customer_id = c.id)")
    (advice,) = advise(PartialIndex(), join, statement=PENDING)
    assert columns(advice) == ["customer"]


def test_a_constant_among_many_values_is_a_look_up():
    statement = asking(make_predicate("code", literal="'C1'"))
    assert advise(PartialIndex(), make_scan("((code)::text = …::text)"), statement=statement) == []


def test_a_constant_for_another_table_is_not_taken():
    statement = asking(make_predicate("status", literal="'pending'", table="shop_customer"))
    assert advise(PartialIndex(), make_scan(BY_STATUS), statement=statement) == []


def test_a_common_constant_is_refused():
    (refusal,) = advise(PartialIndex(), make_scan(BY_STATUS, kept=150_000, removed=50_000), statement=PENDING)
    assert (refusal.kind, refusal.relation) == ("low-selectivity", TABLE)


def test_a_tiny_table_is_refused():
    (refusal,) = advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING, schema=make_schema(pages=3))
    assert refusal.kind == "tiny-table"


@pytest.mark.parametrize(
    ("condition", "predicate", "django"),
    [
        ("(created > sent)", '"created" > "sent"', 'Q(created__gt=F("sent"))'),
        ("((shop_order.status)::text = (shop_order.code)::text)", '"status" = "code"', 'Q(status=F("code"))'),
        ("((status)::text <> (code)::text)", 'NOT ("status" = "code")', '~Q(status=F("code"))'),
        (
            "((created <> sent) OR (sent IS NULL))",
            'NOT ("created" = "sent" AND "sent" IS NOT NULL)',
            '~Q(created=F("sent"))',
        ),
        (
            "((sent IS NULL) OR is_flagged)",
            '("sent" IS NULL OR "is_flagged")',
            "Q(sent__isnull=True) | Q(is_flagged=True)",
        ),
        (
            "((sent IS NOT NULL) AND (sent < created))",
            '"sent" IS NOT NULL AND "sent" < "created"',
            'Q(sent__isnull=False) & Q(sent__lt=F("created"))',
        ),
        (
            "((created > sent) AND (is_flagged OR (sent IS NULL)))",
            '"created" > "sent" AND ("is_flagged" OR "sent" IS NULL)',
            'Q(created__gt=F("sent")) & (Q(is_flagged=True) | Q(sent__isnull=True))',
        ),
    ],
)
def test_columns_that_are_compared_with_each_other_hold_no_value(condition, predicate, django):
    (advice,) = advise(PartialIndex(), make_scan(condition), schema=with_nulls(0.9))
    assert (advice.predicate, advice.predicate_django) == (predicate, django)
    assert columns(advice) == ["id"]


@pytest.mark.parametrize(
    "condition",
    [
        "(created > (sent + …))",  # a value is in it
        "(is_flagged OR (customer_id = …))",
        "(created > c.created)",  # another table's
        "(lower(status) = lower(code))",
        "(created = created)",
        "(status OR is_flagged)",
        "((status)::text ~~ (code)::text)",
        "(unknown > created)",
    ],
)
def test_what_is_more_than_columns_of_one_row_makes_no_condition(condition):
    assert advise(PartialIndex(), make_scan(condition)) == []


def test_columns_that_are_often_so_are_refused():
    (refusal,) = advise(PartialIndex(), make_scan("(created > sent)", kept=150_000, removed=50_000))
    assert refusal.kind == "low-selectivity"


def summing(sql, condition=BY_STATUS, **more):
    """What is said of an aggregate of the rows in a state."""
    scan = make_scan(condition)
    root = make_above("Aggregate", scan, **more)
    group = make_query_group(fingerprint="f0", site=make_site("shop.Order"), sql=sql)
    return [
        (columns(one), one.include) for one in advise(PartialIndex(), root, statement=PENDING, group=group)
    ]


def test_the_end_of_a_column_that_is_asked_for_becomes_the_key():
    found = summing(
        "SELECT MAX(shop_order.created) FROM shop_order WHERE shop_order.status = %s",
        output=("max(created)",),
    )
    assert found == [(["created"], ())]


def test_behind_another_column_it_stands_too():
    both = f"({BY_STATUS} AND (customer_id = …))"
    sql = "SELECT MAX(created) FROM shop_order WHERE status = %s AND customer_id = %s"
    assert summing(sql, both, output=("max(created)",)) == [(["customer", "created"], ())]


def test_groups_of_a_state_find_all_that_they_read():
    sql = "SELECT customer_id, COUNT(code) FROM shop_order WHERE status = %s GROUP BY customer_id"
    found = summing(sql, group_key=("customer_id",), output=("customer_id", "count(code)"))
    assert found == [(["customer"], ("code",)), (["id"], ())]


def test_different_values_in_a_state_are_all_that_is_read():
    sql = "SELECT DISTINCT customer_id FROM shop_order WHERE status = %s"
    assert summing(sql, group_key=("customer_id",), output=("customer_id",)) == [
        (["customer"], ()),
        (["id"], ()),
    ]


@pytest.mark.parametrize(
    ("sql", "condition"),
    [
        ("SELECT COUNT(*) FROM shop_order WHERE status = %s", BY_STATUS),  # nothing else is read
        (
            "SELECT COUNT(code) FROM shop_order WHERE status = %s AND customer_id = %s",
            f"({BY_STATUS} AND (customer_id = …))",  # how many are in that state isn't known
        ),
        (
            "SELECT COUNT(code) FROM shop_order WHERE status = %s AND lower(code) <> %s",
            f"({BY_STATUS} AND (lower((code)::text) <> …::text))",
        ),
        ("SELECT COUNT(data) FROM (SELECT * FROM shop_order WHERE status = %s) x", BY_STATUS),
    ],
)
def test_other_aggregates_get_no_columns_beside_the_keys(sql, condition):
    assert [include for _, include in summing(sql, condition, output=("count(*)",))] == [()]


def joined(*above, condition="(sent IS NULL)", **more):
    """A scan whose rows are looked up for each customer, below a limit."""
    scan = make_scan(f"({condition} AND (shop_order.customer_id = c.id))")
    parent = make_scan(relation_name="shop_customer", alias="c", kept=1, removed=4999)
    return advise(PartialIndex(), make_above("Nested Loop", parent, scan), **more)


def test_a_bound_is_tried_without_the_column_that_is_joined():
    found = joined(condition="(sent IS NULL) AND (created < …)")
    assert [columns(one) for one in found] == [["customer", "created"], ["created"]]
    assert {one.predicate for one in found} == {'"sent" IS NULL'}


def test_where_nothing_else_is_asked_the_joined_column_stays_alone():
    assert [columns(one) for one in joined()] == [["customer"]]


def with_two_nulls(*, sent, code):
    """The schema with these shares of NULLs, of which `code` has its own here."""
    shares = {"sent": sent, "code": code}
    known = make_schema().tables[0].columns
    return make_schema(
        columns=tuple(
            replace(one, null_frac=shares[one.name]) if one.name in shares else one for one in known
        )
    )


BOTH_NULL = "((sent IS NULL) AND (code IS NULL) AND (created < …))"
COUNTED = "SELECT COUNT(*) FROM shop_order WHERE sent IS NULL AND code IS NULL AND created < %s"


def of_both_nulls(sql, *, alias="shop_order", **shares):
    """The columns whose NULLs make the conditions, and the other keys."""
    group = make_query_group(fingerprint="f0", site=make_site("shop.Order"), sql=sql)
    scan = make_scan(BOTH_NULL, alias=alias)
    found = advise(PartialIndex(), scan, schema=with_two_nulls(**shares), group=group)
    assert {tuple(columns(one)) for one in found} <= {("created",)}
    return [one.predicate_django for one in found]


BOTH, RARE = "Q(code__isnull=True, sent__isnull=True)", "Q(sent__isnull=True)"


def test_a_common_condition_joins_a_rare_one_where_the_table_needs_no_look_then():
    assert of_both_nulls(COUNTED, sent=0.05, code=0.97) == [BOTH, RARE]


def test_so_it_does_in_a_subquery_whatever_another_one_reads_by_its_alias():
    sql = (
        "SELECT id FROM shop_customer WHERE EXISTS(SELECT 1 AS a FROM shop_brand U0 WHERE U0.name = %s) AND "
        "EXISTS(SELECT 1 AS a FROM shop_order U0 "
        "WHERE U0.sent IS NULL AND U0.code IS NULL AND U0.created < %s)"
    )
    assert of_both_nulls(sql, alias="u0", sent=0.05, code=0.97) == [BOTH, RARE]


def test_it_stays_out_where_it_drops_little_and_the_table_is_read_all_the_same():
    assert of_both_nulls("SELECT * FROM shop_order", sent=0.05, code=0.97) == [RARE]
    assert of_both_nulls(COUNTED.replace("COUNT(*)", "SUM(customer_id)"), sent=0.05, code=0.97) == [RARE]


@pytest.mark.parametrize(("share", "expected"), [(0.8, [BOTH, RARE]), (0.81, [RARE])])
def test_one_that_drops_a_fifth_is_worth_it_anyway(share, expected):
    assert of_both_nulls("SELECT * FROM shop_order", sent=0.05, code=share) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.7, [BOTH]), (0.72, [])])
def test_two_conditions_that_many_rows_fulfil_are_a_state_together(share, expected):
    assert of_both_nulls("SELECT * FROM shop_order", sent=share, code=0.7) == expected


def of_pending(value, **more):
    """What is said of pending orders where an index holds those of one state."""
    printed = f"status::text = '{value}'::text"
    index = make_index(
        "id",
        name="of_state",
        opclasses=("int8_ops",),
        predicate=redact(printed),
        predicate_constants=digests(printed),
        **more,
    )
    return advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING, schema=make_schema(index))


def test_an_index_of_the_same_state_is_not_built_again():
    (refusal,) = of_pending("pending")
    assert (refusal.kind, "of_state" in refusal.reason) == ("covered", True)


@pytest.mark.parametrize(("value", "more"), [("done", {}), ("pending", {"is_valid": False})])
def test_one_of_another_state_or_an_invalid_one_serves_nobody(value, more):
    (advice,) = of_pending(value, **more)
    assert advice.predicate == "\"status\" = 'pending'"


def of_tags(condition, operator="@>", literal="('it''s (a)', 'b')", column="tags"):
    """What is said of records whose arrays are compared with a list of the source."""
    literals = (make_predicate(column, operator=operator, literal=literal, table=records.TABLE),)
    plan = make_slow_plan(records.scan(condition))
    statement = make_statement(literals=literals)
    found = PartialIndex().advise(GROUP, plan, statement, records.make_schema(), records.MODELS)
    return [(columns(one), one.predicate, one.predicate_django) for one in found]


def test_a_list_of_the_source_that_an_array_holds_is_a_state():
    assert of_tags("((tags @> …::character varying[]) AND (room = …))") == [
        (
            ["room"],
            "\"tags\" @> ARRAY['it''s (a)', 'b']::character varying(20)[]",
            'Q(tags__contains=["it\'s (a)", "b"])',
        )
    ]
    (found,) = of_tags("((tags && …::character varying[]) AND (room = …))", "&&", "('x')")
    assert found[1:] == ("\"tags\" && ARRAY['x']::character varying(20)[]", 'Q(tags__overlap=["x"])')


@pytest.mark.parametrize(
    "case",
    [
        {"condition": "((tags <@ …::character varying[]) AND (room = …))"},
        {"condition": "((tags && …::character varying[]) AND (room = …))"},
        {"condition": "((data @> …::jsonb) AND (room = …))", "column": "data"},
        {"condition": "((tags @> o.tags) AND (room = …))"},
        {"condition": "((tags @> …::character varying[]) AND (room = …))", "column": "name"},
    ],
)
def test_other_comparisons_of_arrays_and_of_json_are_none(case):
    assert of_tags(**case) == []


LISTED_ONE = make_predicate("status", operator="in", literal="('pending')")


def test_a_list_of_one_value_is_that_value():
    (advice,) = advise(PartialIndex(), make_scan(BY_STATUS), statement=asking(LISTED_ONE))
    assert (advice.predicate, advice.predicate_django) == ("\"status\" = 'pending'", 'Q(status="pending")')


def test_a_list_of_two_is_none():
    several = make_predicate("status", operator="in", literal="('pending', 'held')")
    assert advise(PartialIndex(), make_scan(BY_STATUS), statement=asking(several)) == []


def test_the_order_of_an_expression_becomes_the_keys_too():
    in_room = make_predicate("room", literal="3", table=records.TABLE)
    where = (
        'WHERE "archive_record"."room" = 3 ORDER BY "archive_record"."high" - "archive_record"."low" LIMIT 5'
    )
    root = make_above("Limit", make_above("Sort", records.scan("(room = …)"), sort_key=("((high - low))",)))
    (advice,) = records.advise(PartialIndex(), root, where, literals=(in_room,))
    assert columns(advice) == ['models.F("high") - models.F("low")']
    assert advice.predicate_django == "Q(room=3)"


BOUNDS = [make_predicate("customer_id", "<", "3"), make_predicate("customer_id", ">", "900")]
PENDING_OR = [make_predicate("status", literal="'pending'"), make_predicate("customer_id", ">", "900")]


@pytest.mark.parametrize(
    ("condition", "literals", "predicate", "django"),
    [
        (
            "((customer_id < …) OR (customer_id > …))",
            BOUNDS,
            '("customer_id" < 3 OR "customer_id" > 900)',
            "Q(customer__lt=3) | Q(customer__gt=900)",
        ),
        (
            f"({BY_STATUS} OR (customer_id > …))",
            PENDING_OR,
            '("status" = \'pending\' OR "customer_id" > 900)',
            'Q(status="pending") | Q(customer__gt=900)',
        ),
        (
            f"({BY_STATUS} OR is_flagged)",
            PENDING_OR,
            '("status" = \'pending\' OR "is_flagged")',
            'Q(status="pending") | Q(is_flagged=True)',
        ),
        (
            f"((({BY_STATUS}) AND (NOT is_flagged)) OR (customer_id > …))",
            PENDING_OR,
            '(("status" = \'pending\' AND NOT "is_flagged") OR "customer_id" > 900)',
            'Q(status="pending", is_flagged=False) | Q(customer__gt=900)',
        ),
        (
            f"({BY_STATUS} OR {BY_STATUS})",
            [make_predicate("status", "either", "('held', 'pending')")],
            "\"status\" IN ('held', 'pending')",
            'Q(status__in=["held", "pending"])',
        ),
        (
            f"({BY_STATUS} OR {BY_STATUS} OR (customer_id > …))",
            [make_predicate("status", "either", "('held', 'pending')"), BOUNDS[1]],
            "(\"status\" IN ('held', 'pending') OR \"customer_id\" > 900)",
            'Q(status__in=["held", "pending"]) | Q(customer__gt=900)',
        ),
    ],
)
def test_an_or_of_constants_is_one_condition(condition, literals, predicate, django):
    found = advise(PartialIndex(), make_scan(f"({condition} AND (code = …))"), statement=asking(*literals))
    assert [(one.predicate, one.predicate_django) for one in found] == [(predicate, django)]
    assert columns(found[0]) == ["code"]


@pytest.mark.parametrize(
    ("condition", "literals"),
    [
        ("((customer_id < …) OR (customer_id > …))", BOUNDS[:1]),  # the other one is from elsewhere
        (f"({BY_STATUS} OR (customer_id = …))", PENDING_OR),
        (f"({BY_STATUS} OR (lower((code)::text) = …))", PENDING_OR),
        (f"({BY_STATUS} OR {BY_STATUS})", PENDING_OR),  # one value for two arms
        (
            f"({BY_STATUS} OR {BY_STATUS} OR {BY_STATUS})",
            [make_predicate("status", "either", "('held', 'pending')")],
        ),
        ("((sent <> …) OR (customer_id > …))", [make_predicate("sent", "<>", "'x'"), BOUNDS[1]]),
        (f"({BY_STATUS} OR (code = …))", [PENDING_OR[0], make_predicate("code", literal="'A1'")]),  # no state
    ],
)
def test_an_or_with_an_arm_that_is_no_rare_constant_is_none(condition, literals):
    scan = make_scan(f"({condition} AND (code > …))")
    found = advise(PartialIndex(), scan, statement=asking(*literals), schema=with_nulls(0.2))
    assert [one.predicate for one in found] == []
