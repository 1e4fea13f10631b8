"""What index advice costs beside its trials: `pytest benchmarks/test_indexes.py --benchmark-only`."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from indexes_of_a_run import make_captures, make_models, make_schema, make_units, propose
from queryscope.analysis import conclude
from queryscope.formats import render
from queryscope.model import Capture, Run
from queryscope.plans.conditions import _read_all, _read_key
from queryscope.sql.assigned import read_assignment
from queryscope.sql.statement import read_statement

TABLES = 200
SHAPES = (200, 2_000)
MOST_S = 60.0


@cache
def captures_of(shapes: int) -> list[Capture]:
    schema, models = make_schema(TABLES), make_models(TABLES)
    return make_captures(list(propose(make_units(shapes, TABLES), schema, models)), schema)


def forget() -> None:
    """A run meets each statement for the first time."""
    for known in (read_statement, read_assignment, _read_all, _read_key):
        known.cache_clear()


def conclude_all(captures: list[Capture]) -> Any:
    return conclude(
        captures,
        run=Run(queryscope="0", python="3", django="5", postgresql="18", root="."),
        models=make_models(TABLES),
        rules=(),
        read_source=lambda path: None,
    )


@pytest.mark.parametrize("shapes", SHAPES)
def test_proposing_indexes(benchmark: Any, shapes: int) -> None:
    schema, models, units = make_schema(TABLES), make_models(TABLES), make_units(shapes, TABLES)
    proposed = benchmark.pedantic(lambda: list(propose(units, schema, models)), setup=forget, rounds=3)
    assert sum(bool(candidates) for *_, candidates in proposed) >= shapes * 0.7


@pytest.mark.parametrize("shapes", SHAPES)
def test_concluding_with_indexes(benchmark: Any, shapes: int) -> None:
    captures = captures_of(shapes)
    report = benchmark.pedantic(conclude_all, args=(captures,), setup=forget, rounds=3)
    assert TABLES <= len(report.indexes) <= max(shapes * 0.6, TABLES)
    assert len(report.findings) == len(report.indexes)


def test_a_run_of_2000_shapes_over_200_tables_takes_less_than_a_minute(benchmark: Any) -> None:
    def whole() -> str:
        schema, models, units = make_schema(TABLES), make_models(TABLES), make_units(2_000, TABLES)
        captures = make_captures(list(propose(units, schema, models)), schema)
        return render(conclude_all(captures), "html")

    text = benchmark.pedantic(whole, setup=forget, rounds=1)
    assert text.startswith("<!doctype html>")
    assert benchmark.stats.stats.max <= MOST_S
