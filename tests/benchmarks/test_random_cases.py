"""The random cases of indexes: that a seed makes the same ones again, and what brute force tries."""

from __future__ import annotations

import ast
import sys
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from random import Random

import pytest

from tests.capture.recording import ROOT

sys.path.append(str(ROOT / "benchmarks" / "indexes"))

import random_cases
import random_oracle
from judging import Verdict
from random_joins import JoinMaker
from random_queries import HEADER, Asked, Maker, Query, Use
from random_schema import Column, Table, filling, make_tables, models_source
from random_shapes import DAY, MoreMaker

SEEDS = range(40)


def sample(table: Table, column: Column, share: float) -> object:
    """Some value of a column's type."""
    kinds: dict[str, object] = {
        "moment": datetime(2025, 3, 1, tzinfo=UTC),
        "amount": Decimal("12.50"),
        "name": "amber birch 12",
        "code": "A-0000012",
    }
    return kinds.get(column.kind, int(share * 1000))


def made(seed: int, *, count: int = 20, maker: type[Maker] = Maker) -> list[Query]:
    tables, chance = make_tables(Random(seed), f"random{seed}"), Random(seed + 0.5)
    return [maker(chance, tables, sample, f"query_{number}").make() for number in range(count)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_makes_the_same_tables_and_queries_again(seed: int) -> None:
    first, second = (make_tables(Random(seed), "app") for _ in range(2))
    assert models_source(first) == models_source(second)
    assert [filling(one, seed) for one in first] == [filling(one, seed) for one in second]
    for maker in (Maker, MoreMaker, JoinMaker):
        assert [(one.source, one.arguments) for one in made(seed, maker=maker)] == [
            (one.source, one.arguments) for one in made(seed, maker=maker)
        ]


def test_seeds_from_before_make_what_they_made() -> None:
    text = "".join(one.source for seed in SEEDS for one in made(seed))
    assert sha256(text.encode()).hexdigest()[:12] == "ce72015a1b2e"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_made_is_python_and_names_its_arguments(seed: int) -> None:
    tables = make_tables(Random(seed), "app")
    ast.parse(models_source(tables))
    for query in (*made(seed), *made(seed, maker=MoreMaker), *made(seed, maker=JoinMaker)):
        models = ", ".join(one.model for one in tables)
        tree = ast.parse(HEADER.format(app="app", models=models) + query.source)
        function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
        assert len(function.args.args) == len(query.arguments)
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        assert {one.arg for one in function.args.args} <= names


@pytest.mark.parametrize("seed", SEEDS)
def test_all_kinds_of_tables_have_a_big_one_and_keys_to_those_before(seed: int) -> None:
    tables = make_tables(Random(seed), "app")
    assert any(one.rows >= 50_000 for one in tables)
    for number, table in enumerate(tables):
        assert all(key.parent in tables[:number] for key in table.keys)


def use(*asked: Asked, **more: object) -> Use:
    table = Table(app="app", name="order", rows=50_000, columns=())
    return Use(table=table, asked=list(asked), **more)  # type: ignore[arg-type]


def keys_of(wanted: Use) -> set[tuple[str, str]]:
    """Keys and predicate of what is tried."""
    return {
        (", ".join(" ".join(key).strip() for key in one.keys), one.predicate)
        for one in random_oracle._btrees(wanted)
    }


STATE = Asked(column="state", role="equal", lookup="state='new'", predicate="state = 'new'")
DUE = Asked(column="due", role="range", lookup="due__gte=a0")


def test_brute_force_tries_all_orders_of_keys_and_the_constant_as_predicate() -> None:
    assert keys_of(use(STATE, DUE)) == {
        ("state", ""),
        ("due", ""),
        ("state, due", ""),
        ("due, state", ""),
        ("due", "state = 'new'"),
    }


def test_brute_force_puts_the_order_behind_and_before_what_is_compared() -> None:
    found = keys_of(use(STATE, order=[("created", True)]))
    assert found >= {("created DESC", ""), ("state, created DESC", ""), ("created DESC, state", "")}
    assert ("created DESC", "state = 'new'") in found


def test_brute_force_has_nothing_but_the_predicate_where_nothing_else_is_asked() -> None:
    assert ("id", "state = 'new'") in keys_of(use(STATE))


def test_brute_force_lets_a_beginning_be_found_in_any_collation() -> None:
    begun = Asked(column="title", role="prefix", lookup="title__startswith=a0")
    assert keys_of(use(begun)) == {("title varchar_pattern_ops", "")}


def test_brute_force_tries_what_is_compared_and_not_its_column() -> None:
    day = Asked(column="due", role="equal", lookup="due__date=a0", key=DAY.format("due"))
    assert keys_of(use(day, STATE)) >= {("((due AT TIME ZONE 'UTC')::date)", ""), (f"state, {day.key}", "")}
    begun = Asked(
        column="title", role="prefix", lookup="title__istartswith=a0", key="UPPER(title)", opclass="text_ops"
    )
    assert keys_of(use(begun)) == {("UPPER(title) text_ops", "")}


def test_brute_force_tries_trigrams_of_all_rows_and_of_those_of_a_constant() -> None:
    inside = Asked(column="title", role="inside", lookup="title__icontains=a0", key="UPPER(title)")
    assert keys_of(use(inside, STATE)) == {
        ("UPPER(title) gin_trgm_ops", ""),
        ("UPPER(title) gin_trgm_ops", "state = 'new'"),
        ("state", ""),
    }
    (gin,) = (one for one in random_oracle._btrees(use(inside)))
    assert " USING gin (UPPER(title) gin_trgm_ops)" in gin.sql


def test_brute_force_holds_what_is_read_where_that_is_little() -> None:
    wanted = use(STATE, DUE, read=["amount"])
    (due,) = (
        one for one in random_oracle._btrees(wanted) if one.keys == (("due", ""),) and not one.predicate
    )
    (more,) = random_oracle._covering(wanted, due)
    assert more.include == ("amount", "state")
    assert not list(random_oracle._covering(use(STATE, DUE), due))


@pytest.mark.parametrize(("text", "seeds"), [("3", [3]), ("1-3", [1, 2, 3]), ("7,2-3", [7, 2, 3])])
def test_seeds_are_told_one_by_one_and_from_to(text: str, seeds: list[int]) -> None:
    assert random_cases.parsed(text) == seeds


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"got_ms": 2.0, "indexes": ("x",)}, "0.50"),
        ({"got_ms": 2.1, "indexes": ("x",)}, "0.48 MISSED"),
        ({"got_ms": 1.0, "indexes": ("x",), "surplus": ("x",)}, "1.00 SURPLUS x"),
        ({"is_negative": True}, "silent"),
        ({"is_negative": True, "indexes": ("x",)}, "NOT SILENT: x"),
        ({"failed": "no"}, "failed: no"),
    ],
)
def test_a_case_is_told_in_a_word(fields: dict[str, object], word: str) -> None:
    known = {"slug": "a.b", "is_negative": False, "base_ms": 100.0, "best_ms": 1.0, "got_ms": 100.0}
    assert random_cases.state(Verdict(**{**known, **fields})) == word  # type: ignore[arg-type]
