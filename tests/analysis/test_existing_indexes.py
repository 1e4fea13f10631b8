"""Which indexes of a database can go."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.analysis.existing_indexes import removals_of, replaced_by
from queryscope.model import (
    Column,
    Evidence,
    Field,
    Index,
    IndexAdvice,
    IndexKey,
    IndexRemoval,
    Level,
    Model,
    Schema,
    Table,
)
from tests.builders import make_models

ORDER = Model(
    label="shop.Order",
    table="shop_order",
    path="shop/models.py",
    line=4,
    fields=(
        Field(
            name="customer", column="customer_id", type="ForeignKey", is_indexed=True, target="shop.Person"
        ),
        Field(name="code", column="code", type="CharField", is_indexed=True),
    ),
)


def index(name: str, *keys: str, **more: Any) -> Index:
    values: dict[str, Any] = {"method": "btree", "opclasses": ("int4_ops",) * len(keys), "size_bytes": 8192}
    return Index(name=name, keys=keys, **(values | more))


def found(
    *indexes: Index, days: float | None = None, model: Model = ORDER, advised: Any = (), **more: Any
) -> list[IndexRemoval]:
    table = Table(schema="public", name="shop_order", rows=1000, pages=20, indexes=indexes, **more)
    schema = Schema(tables=(table,), counted_days=days)
    return list(removals_of({"shop_order": (schema, table)}, make_models(model), advised))


def names(*indexes: Index, **more: Any) -> dict[str, tuple[str, str]]:
    return {each.name: (each.kind, each.kept) for each in found(*indexes, **more)}


def test_of_two_that_are_alike_one_goes():
    assert names(index("a", "x"), index("b", "x")) == {"a": ("duplicate", "b")}
    assert names(index("a", "x"), index("b", "x", is_unique=True)) == {"a": ("duplicate", "b")}
    assert names(index("b", "x"), index("a", "x", is_primary=True)) == {"b": ("duplicate", "a")}


def test_a_left_part_goes():
    [removal] = found(index("a", "x"), index("b", "x", "y", is_unique=True, is_constraint=True))
    assert (removal.name, removal.kind, removal.confidence) == ("a", "prefix", "likely")
    assert removal.reason == "b begins with the same keys and serves the same queries: (x, y)."
    assert removal.drop_sql == 'DROP INDEX CONCURRENTLY "a"'
    assert removal.model == "shop.Order"


def test_of_a_chain_the_longest_stays():
    assert names(index("a", "x"), index("b", "x", "y"), index("c", "x", "y", "z")) == {
        "a": ("prefix", "c"),
        "b": ("prefix", "c"),
    }


def test_an_index_is_read_backwards_too():
    assert names(index("a", "x DESC"), index("b", "x", "y")) == {"a": ("prefix", "b")}
    assert names(index("a", "x DESC NULLS LAST"), index("b", "x", "y")) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (index("a", "x", is_unique=True), index("b", "x", "y")),
        (index("a", "x", is_constraint=True), index("b", "x", "y")),
        (index("a", "x", opclasses=("text_pattern_ops",)), index("b", "x", "y")),
        (index("a", "x", collations=("C",)), index("b", "x", "y")),
        (index("a", "x", predicate="y IS NULL"), index("b", "x", "y")),
        (index("a", "x", method="hash"), index("b", "x", "y")),
        (index("a", "x", method="gin"), index("b", "x", "y", method="gin")),
        (index("a", "y"), index("b", "x", "y")),
        (index("a", "x", include=("z",)), index("b", "x", "y")),
        (index("a", "x", predicate="s = '…'"), index("b", "x", predicate="s = '…'")),  # of which value?
        (index("a", "(j ->> '…')"), index("b", "(j ->> '…')")),
        (index("a", "(j ->> …)", constants=(("1",),)), index("b", "(j ->> …)", constants=(("2",),))),
        (
            index("a", "x", predicate="s = …", predicate_constants=("1",)),
            index("b", "x", predicate="s = …", predicate_constants=("2",)),
        ),
        (index("a", "x"), index("b", "x", "y", is_valid=False)),
    ],
)
def test_what_differs_stays(one, other):
    assert "a" not in names(one, other)


def test_what_was_taken_out_of_both_may_be_the_same():
    same = {"predicate": "s = …", "predicate_constants": ("1",), "constants": (("2",),)}
    one, other = index("a", "(j ->> …)", **same), index("b", "(j ->> …)", "x", **same)
    assert names(one, other) == {"a": ("prefix", "b")}


def test_what_is_included_elsewhere_is_held():
    assert names(index("a", "x", include=("y",)), index("b", "x", "y")) == {"a": ("prefix", "b")}
    assert names(index("a", "x"), index("b", "x", include=("y",))) == {"a": ("prefix", "b")}


def test_an_invalid_index_is_told_whoevers_it_is():
    [removal] = found(index("a", "x", is_valid=False))
    assert (removal.kind, removal.confidence) == ("invalid", "certain")
    theirs = Model(label="auth.User", table="shop_order")
    assert names(index("a", "x", is_valid=False), index("b", "y"), index("c", "y"), model=theirs) == {
        "a": ("invalid", "")
    }


def test_of_a_table_that_django_makes_by_itself_nothing_is_told():
    through = Model(label="shop.Order_tags", table="shop_order", path="shop/models.py", line=0)
    assert names(index("a", "x"), index("b", "x", "y", is_unique=True), model=through) == {}


def test_an_unused_index_is_an_idea_where_the_table_is_used():
    busy, idle = index("busy", "x", scans=20_000), index("idle", "y", scans=3)
    [removal] = found(busy, idle, days=30.0)
    assert (removal.name, removal.kind, removal.confidence, removal.scans) == ("idle", "unused", "idea", 3)
    assert removal.reason == (
        "Used 3 times in 30 days, in which the table's indexes were used 20,003 times. Replicas count for "
        "themselves, and it may be younger."
    )


@pytest.mark.parametrize("days", [None, 6.9])
def test_counts_that_mean_nothing_are_not_told(days):
    assert names(index("busy", "x", scans=20_000), index("idle", "y", scans=0), days=days) == {}


@pytest.mark.parametrize(
    ("busy", "idle"),
    [
        (9_900, index("idle", "y", scans=0)),
        (20_000, index("idle", "y", scans=51)),
        (20_000, index("idle", "y", scans=None)),
        (20_000, index("idle", "y", scans=0, is_unique=True)),
        (20_000, index("idle", "y", scans=0, is_constraint=True)),
        (20_000, index("idle", "customer_id", scans=0)),  # a foreign key's only one
    ],
)
def test_what_may_be_needed_is_not_called_unused(busy, idle):
    assert names(index("busy", "x", scans=busy), idle, days=30.0) == {}


def test_another_index_of_the_foreign_key_lets_one_go():
    told = names(
        index("busy", "customer_id", "x", scans=20_000),
        index("idle", "customer_id", "y", scans=0),
        days=30.0,
    )
    assert told == {"idle": ("unused", "")}


def test_a_twin_for_like_that_nobody_uses_is_told_as_such():
    twin = index("code_like", "code", opclasses=("varchar_pattern_ops",), scans=0)
    [removal] = found(index("code", "code", scans=20_000), twin, days=30.0)
    assert (removal.name, removal.kind) == ("code_like", "pattern-twin")
    assert removal.reason.startswith("Django made it beside the index of the column, for LIKE. Used never in")


def test_an_index_over_a_boolean_alone():
    def booleans(frequency: float | None, **more: Any) -> list[IndexRemoval]:
        column = Column(name="done", type="boolean", top_frequency=frequency, null_frac=0.0)
        return found(index("done", "done", **more), columns=(column,))

    assert "to find so many, PostgreSQL reads the table" in booleans(0.6)[0].reason
    assert "whose rarer value 2% of the rows have: a partial index" in booleans(0.98)[0].reason
    assert booleans(0.98)[0].confidence == "idea"
    assert booleans(None) == []
    assert booleans(0.98, scans=400) == []
    assert booleans(0.98, predicate="x IS NULL") == []


def advice(*columns: str, **more: Any) -> IndexAdvice:
    values: dict[str, Any] = {
        "relation": "shop_order",
        "model": "shop.Order",
        "method": "btree",
        "name": "new",
    }
    return IndexAdvice(**(values | {"keys": tuple(IndexKey(column=name) for name in columns)} | more))


def test_an_advised_index_replaces_what_it_begins_with():
    table = Table(
        schema="public",
        name="shop_order",
        rows=1000,
        pages=20,
        indexes=(
            index("a", "x"),
            index("b", "x DESC"),
            index("like", "x", opclasses=("text_pattern_ops",)),
            index("unique", "x", is_unique=True),
            index("needed", "x", is_constraint=True),
            index("other", "y"),
            index("part", "x", predicate="y IS NULL"),
            index("more", "x", "y", "z"),
        ),
    )
    assert replaced_by(advice("x", "y"), table) == ("a", "b")
    assert replaced_by(advice("x", "y", predicate="z IS NULL"), table) == ()
    assert replaced_by(advice("x", "y", method="gin"), table) == ()


def test_what_is_replaced_can_go_once_the_new_one_is_there():
    new = advice("x", "y", replaces=("a",), evidence=Evidence(level=Level.TIMED))
    [removal] = found(index("a", "x"), advised=[new])
    assert (removal.kind, removal.kept, removal.confidence) == ("replaced", "new", "likely")
    assert removal.reason == "new, which is advised, begins with the same keys."


@pytest.mark.parametrize(("level", "confidence"), [("planned", ["idea"]), ("usable", ["idea"]), ("none", [])])
def test_what_an_idea_would_replace_is_an_idea(level, confidence):
    new = advice("x", "y", replaces=("a",), evidence=Evidence(level=Level(level)))
    assert [each.confidence for each in found(index("a", "x"), advised=[new])] == confidence
