"""Tests of rules/index/candidate/json_keys.py and json_parts.py: constants that speak of keys of JSON."""

from __future__ import annotations

import pytest

from queryscope.model import Field, Model, Models
from queryscope.rules.index.candidate.constants import Constant
from queryscope.rules.index.candidate.fixed import with_constants
from queryscope.rules.index.candidate.json_keys import key_within
from queryscope.rules.index.candidate.json_parts import json_parts
from queryscope.rules.index.candidate.scan import read_scans
from queryscope.sql.resolve import Known
from queryscope.sql.statement import read_executed
from tests.rules.index.orders import ORDER, make_scan, make_schema, make_slow_plan

LINE = Model(
    label="shop.Line",
    table="shop_line",
    fields=(
        Field(name="order", column="order_id", type="ForeignKey", target="shop.Order"),
        Field(name="kind", column="kind", type="CharField"),
    ),
)
MODELS = Models(models=(ORDER, LINE))


@pytest.mark.parametrize(
    ("path", "is_root", "key"),
    [
        ("data__kind", True, 'KeyTransform("kind", "data")'),
        ("data__a__b", True, 'KeyTransform("b", KeyTransform("a", "data"))'),
        ("data", True, ""),
        ("status__kind", True, ""),
        ("order__data__kind", False, 'KeyTransform("kind", "data")'),
        ("order__data__kind", True, ""),
        ("data__kind", False, 'KeyTransform("kind", "data")'),
    ],
)
def test_a_lookup_leads_into_a_json_field(path, is_root, key):
    assert key_within(ORDER, path, is_root=is_root) == key


BY_KIND = ('WHERE "shop_order"."data" -> %s = %s', "((shop_order.data -> …::text) = …::jsonb)", ("kind", "x"))
BY_KEY = ('WHERE "shop_order"."data" ? %s', "(shop_order.data ? …::text)", ("gone",))


def parts(asked, *constants):
    where, condition, params = asked
    statement = read_executed(
        f'SELECT "shop_order"."id" FROM "shop_order" {where}', params, Known(paths=frozenset({"kind"}))
    )
    asking = with_constants(statement, constants, model=ORDER, models=MODELS)
    plan = make_slow_plan(make_scan(condition))
    (scan,) = read_scans(plan, statement=asking, schema=make_schema(), models=MODELS)
    return [(one.sql, one.django) for one in json_parts(scan, asking.literals)]


@pytest.mark.parametrize(
    ("value", "lookup", "sql", "django"),
    [
        ("it's", "exact", "(\"data\" -> 'kind') = '\"it''s\"'::jsonb", 'data__kind="it\'s"'),
        (5, "exact", "(\"data\" -> 'kind') = '5'::jsonb", "data__kind=5"),
        (False, "exact", "(\"data\" -> 'kind') = 'false'::jsonb", "data__kind=False"),
        (("a",), "in", "(\"data\" -> 'kind') = '\"a\"'::jsonb", 'data__kind="a"'),
    ],
)
def test_a_key_has_a_value_of_the_source(value, lookup, sql, django):
    assert parts(BY_KIND, Constant(field="data__kind", value=value, lookup=lookup)) == [(sql, django)]


NOT_NULL = ('WHERE "shop_order"."data" -> %s IS NOT NULL', "((shop_order.data -> …::text) IS NOT NULL)")


def test_a_key_that_is_asked_for_needs_no_value():
    assert parts((*NOT_NULL, ("kind",))) == [("(\"data\" -> 'kind') IS NOT NULL", "data__kind__isnull=False")]
    assert parts((*NOT_NULL, ("secret",))) == []


def test_a_key_is_there():
    expected = [("\"data\" ? 'gone'", 'data__has_key="gone"')]
    assert parts(BY_KEY, Constant(field="data", value="gone", lookup="has_key")) == expected


@pytest.mark.parametrize(
    ("asked", "constant"),
    [
        (BY_KIND, Constant(field="data__kind", value="x", is_excluded=True)),
        (BY_KIND, Constant(field="data__kind", value="x", lookup="gt")),
        (BY_KIND, Constant(field="data__kind", value=("x", "y"), lookup="in")),
        (BY_KIND, Constant(field="data__sort", value="x")),
        (BY_KIND, Constant(field="data", value="kind", lookup="has_key")),
        (BY_KIND, Constant(field="kind", value="x")),
        (BY_KEY, Constant(field="data", value=3, lookup="has_key")),
        (BY_KEY, Constant(field="status", value="gone", lookup="has_key")),
    ],
)
def test_other_constants_say_nothing_of_it(asked, constant):
    assert parts(asked, constant) == []
