"""Tests of rules/index/trigram_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Refusal
from queryscope.plans.redact import digests
from queryscope.rules.index.trigram_index import TrigramIndex
from queryscope.sql.statement import read_statement
from tests.builders import make_query_group, make_site
from tests.rules.index.orders import (
    COLUMNS,
    TABLE,
    advise,
    make_index,
    make_predicate,
    make_scan,
    make_schema,
    make_statement,
)

ICONTAINS = "(upper((shop_order.code)::text) ~~ …::text)"


def make_group(*lookups):
    return make_query_group(fingerprint="f0", site=make_site("shop.Order", lookups=lookups))


def test_icontains_gets_trigrams_of_the_upper_case():
    (advice,) = advise(TrigramIndex(), make_scan(ICONTAINS))
    (key,) = advice.keys
    assert (key.column, key.expression) == ("", 'UPPER("code")')
    assert (key.django, key.opclass) == ('Upper("code")', "gin_trgm_ops")
    assert (advice.method, advice.extensions) == ("gin", ("pg_trgm",))
    assert advice.reason == "The pattern is matched against 200,000 rows of shop_order to keep 40."
    assert "Inserts take several times longer" in advice.write_cost


def test_contains_gets_trigrams_of_the_column():
    (advice,) = advise(TrigramIndex(), make_scan("((code)::text ~~ …::text)"))
    assert [(key.column, key.django, key.opclass) for key in advice.keys] == [
        ("code", "code", "gin_trgm_ops")
    ]


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ("(lower((code)::text) ~~ …::text)", 'Lower("code")'),
        ("((code)::text ~~* …::text)", "code"),
        ("((code)::text ~ …::text)", "code"),
        ("((code)::text ~* …::text)", "code"),
        ("((code)::text % …::text)", "code"),
        ("((code)::text %> …::text)", "code"),
        ("((customer_id)::text ~~ …::text)", 'Cast("customer", models.TextField())'),
    ],
)
def test_every_operator_of_trigrams_gets_them(condition, key):
    (advice,) = advise(TrigramIndex(), make_scan(condition))
    assert [(one.django, one.opclass) for one in advice.keys] == [(key, "gin_trgm_ops")]


def test_all_arms_of_an_or_share_one_index():
    arms = f"({ICONTAINS} OR (upper((status)::text) ~~ …::text))"
    (advice,) = advise(TrigramIndex(), make_scan(arms))
    assert [key.expression for key in advice.keys] == ['UPPER("code")', 'UPPER("status")']


def test_of_two_patterns_the_one_that_says_more_is_tried_alone():
    text = "((upper((code)::text) ~~ '%abc%'::text) AND ((status)::text ~~ '%abcdef%'::text))"
    answers = advise(TrigramIndex(), make_scan(text))
    assert [[key.django for key in one.keys] for one in answers] == [
        ["status"],
        ["status", 'Upper("code")'],
    ]
    assert [one.extensions for one in answers] == [("pg_trgm",), ("pg_trgm",)]


def test_a_short_pattern_beside_a_long_one_is_left_out():
    text = "((upper((code)::text) ~~ '%ab%'::text) AND ((status)::text ~~ '%abcdef%'::text))"
    (advice,) = advise(TrigramIndex(), make_scan(text))
    assert [key.django for key in advice.keys] == ["status"]


def test_an_equal_column_is_tried_before_the_pattern():
    _, second = advise(TrigramIndex(), make_scan(f"({ICONTAINS} AND (customer_id = …))"))
    assert [key.django for key in second.keys] == ["customer", 'Upper("code")']
    assert second.extensions == ("btree_gin", "pg_trgm")


def test_an_arm_that_compares_a_text_is_found_by_trigrams_too():
    (advice,) = advise(TrigramIndex(), make_scan(f"({ICONTAINS} OR ((status)::text = …::text))"))
    assert [key.django for key in advice.keys] == ['Upper("code")', "status"]


def test_an_or_with_another_arm_gets_none():
    assert advise(TrigramIndex(), make_scan(f"({ICONTAINS} OR (customer_id = …))")) == []


@pytest.mark.parametrize(
    "condition",
    [
        "(upper((code)::text) !~~ …::text)",
        "(upper((code)::text) = …::text)",
        "(data ~~ …::text)",
        "((code)::text = …::text)",
    ],
)
def test_other_conditions_get_none(condition):
    assert advise(TrigramIndex(), make_scan(condition)) == []


@pytest.mark.parametrize("lookup", ["code__istartswith", "order__code__startswith", "code__iexact"])
def test_a_prefix_search_wants_another_index(lookup):
    assert advise(TrigramIndex(), make_scan(ICONTAINS), group=make_group(lookup)) == []


@pytest.mark.parametrize("lookup", ["code__icontains", "code__iendswith", "postcode__istartswith"])
def test_other_lookups_of_the_column_do_not(lookup):
    assert len(advise(TrigramIndex(), make_scan(ICONTAINS), group=make_group(lookup))) == 1


@pytest.mark.parametrize(("pattern", "is_refused"), [("'%AB%'", True), ("'%ABC%'", False), ("'%A B%'", True)])
def test_a_pattern_without_a_trigram_is_refused_where_it_can_be_seen(pattern, is_refused):
    (answer,) = advise(TrigramIndex(), make_scan(f"(upper((code)::text) ~~ {pattern}::text)"))
    assert isinstance(answer, Refusal) is is_refused
    if is_refused:
        assert answer.kind == "short-pattern"
        assert "AB" not in answer.reason


def test_a_pattern_that_keeps_much_is_refused():
    (refusal,) = advise(TrigramIndex(), make_scan(ICONTAINS, kept=100_000, removed=100_000))
    assert refusal.kind == "low-selectivity"


def test_a_tiny_table_is_refused():
    (refusal,) = advise(TrigramIndex(), make_scan(ICONTAINS), schema=make_schema(rows=499.0, pages=20))
    assert (refusal.kind, refusal.relation) == ("tiny-table", TABLE)


def test_the_same_index_covers():
    existing = make_index("upper(code::text)", name="trgm", method="gin", opclasses=("gin_trgm_ops",))
    (refusal,) = advise(TrigramIndex(), make_scan(ICONTAINS), schema=make_schema(existing))
    assert refusal.kind == "covered"


@pytest.mark.parametrize(
    "existing",
    [
        make_index("upper(code::text)", opclasses=("text_pattern_ops",)),
        make_index("code", method="gin", opclasses=("gin_trgm_ops",)),
        make_index("lower(code::text)", method="gin", opclasses=("gin_trgm_ops",)),
        make_index("upper(code::text)", method="gin", opclasses=("gin_trgm_ops",), is_valid=False),
    ],
)
def test_an_index_of_another_kind_does_not(existing):
    (advice,) = advise(TrigramIndex(), make_scan(ICONTAINS), schema=make_schema(existing))
    assert advice.method == "gin"


def test_the_statement_helps_where_the_plan_cannot_be_read():
    sql = 'SELECT 1 FROM "shop_order" WHERE UPPER("shop_order"."code"::text) LIKE UPPER(%s)'
    (advice,) = advise(TrigramIndex(), make_scan("((("), statement=read_statement(sql))
    assert advice.keys[0].expression == 'UPPER("code")'


def test_a_nondeterministic_collation_has_no_trigrams():
    folded = replace(COLUMNS[2], collation="any_case", is_deterministic=False)
    schema = make_schema(columns=(*COLUMNS[:2], folded, *COLUMNS[3:]))
    (refusal,) = advise(TrigramIndex(), make_scan("((code)::text ~~ …::text)"), schema=schema)
    assert refusal.kind == "collation"


PENDING = make_statement(literals=(make_predicate("status", literal="'pending'"),))
AMONG = f"({ICONTAINS} AND ((status)::text = …::text))"
WHOLE = make_index("upper(code::text)", name="trgm", method="gin", opclasses=("gin_trgm_ops",))


def test_rows_that_every_call_asks_for_are_tried_alone_beside_all():
    answers = advise(TrigramIndex(), make_scan(AMONG), statement=PENDING)
    assert [([key.django for key in one.keys], one.predicate_django) for one in answers] == [
        (['Upper("code")'], ""),
        (["status", 'Upper("code")'], ""),
        (['Upper("code")'], 'Q(status="pending")'),
    ]
    assert answers[2].extensions == ("pg_trgm",)
    assert "Its condition is the same in every call" in answers[2].reason
    assert all(not one.predicate for one in advise(TrigramIndex(), make_scan(AMONG)))


def test_beside_an_index_of_all_they_are_tried_where_it_drops_most_that_it_finds():
    dropping = make_scan(AMONG, node_type="Bitmap Heap Scan", removed=5000)
    (advice,) = advise(TrigramIndex(), dropping, statement=PENDING, schema=make_schema(WHOLE))
    assert advice.predicate == "\"status\" = 'pending'"
    (refusal,) = advise(TrigramIndex(), make_scan(AMONG), statement=PENDING, schema=make_schema(WHOLE))
    assert refusal.kind == "covered"


def test_one_of_the_same_rows_covers():
    some = replace(WHOLE, predicate="status::text = …::text", predicate_constants=digests("'pending'"))
    dropping = make_scan(AMONG, node_type="Bitmap Heap Scan", removed=5000)
    (refusal,) = advise(TrigramIndex(), dropping, statement=PENDING, schema=make_schema(WHOLE, some))
    assert refusal.kind == "covered"
