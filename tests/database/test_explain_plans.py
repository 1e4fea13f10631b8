"""From a statement to judged nodes, on the server at hand: sums come out and no value comes through."""

from __future__ import annotations

import math
from typing import Any

import pytest
from django.db import connection

from queryscope.database.explain import explain_in_place
from queryscope.model import Models, Plan, Schema
from queryscope.plans.metrics import blocks, measure, root_ms, walk
from queryscope.plans.parse import parse_plan
from queryscope.rules.plan import PLAN_RULES

SCHEMA = """
    CREATE TABLE plan_shop (id int PRIMARY KEY, name text);
    CREATE TABLE plan_sale (id int PRIMARY KEY, shop_id int, state text, total int, made timestamptz);
    INSERT INTO plan_shop SELECT i, 'shop ' || i FROM generate_series(1, 500) i;
    INSERT INTO plan_sale
        SELECT i, 1 + i % 500, CASE WHEN i % 1000 = 0 THEN 'SECRET' ELSE 'paid' END, i % 97,
            timestamptz '2024-01-01' + i * interval '1 minute'
        FROM generate_series(1, 40000) i;
    CREATE INDEX plan_sale_made ON plan_sale (made);
    ANALYZE plan_shop, plan_sale;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off;
"""

STATEMENTS = {
    "scan": ("SELECT * FROM plan_sale WHERE state = %s", ["SECRET"]),
    "list": ("SELECT * FROM plan_sale WHERE state IN (%s, %s) AND total > %s", ["SECRET", "SECRET", 95]),
    "like": ("SELECT * FROM plan_sale WHERE state LIKE %s ORDER BY total", ["%SECRET%"]),
    "output": ("SELECT %s || state, CASE WHEN state = %s THEN 1 END FROM plan_sale", ["SECRET", "SECRET"]),
    "join": (
        """
        SELECT s.name, count(*) FROM plan_sale JOIN plan_shop s ON s.id = shop_id WHERE state <> %s
        GROUP BY s.name HAVING max(state) <> %s ORDER BY 2 DESC LIMIT 5
        """,
        ["SECRET", "SECRET"],
    ),
    "cte": (
        """
        WITH big AS MATERIALIZED (
            SELECT shop_id, sum(total) AS n FROM plan_sale WHERE state <> %s GROUP BY 1
        )
        SELECT * FROM big a JOIN big b ON a.shop_id = b.shop_id + 1 WHERE a.n > 10
        """,
        ["SECRET"],
    ),
    "init plan": (
        "SELECT * FROM plan_sale WHERE total > (SELECT avg(total) FROM plan_sale) ORDER BY made",
        [],
    ),
    "subplan": (
        """
        SELECT s.id, (SELECT max(total) FROM plan_sale p WHERE p.shop_id = s.id AND state <> %s)
        FROM plan_shop s WHERE s.id < 20
        """,
        ["SECRET"],
    ),
    "exists": (
        """
        SELECT * FROM plan_shop s
        WHERE EXISTS(SELECT 1 FROM plan_sale p WHERE p.shop_id = s.id AND state = %s)
        """,
        ["SECRET"],
    ),
    "union": ("SELECT id FROM plan_sale WHERE state = %s UNION ALL SELECT id FROM plan_shop", ["SECRET"]),
    "window": ("SELECT rank() OVER (PARTITION BY shop_id ORDER BY made DESC) FROM plan_sale", []),
    "distinct": ("SELECT DISTINCT ON (shop_id) shop_id, made FROM plan_sale ORDER BY shop_id, made DESC", []),
    "values": ("SELECT * FROM (VALUES (%s), (%s)) AS v(x) JOIN plan_sale ON state = x", ["SECRET", "b"]),
    "function": ("SELECT * FROM unnest(%s::text[]) AS u(x) JOIN plan_sale ON state = x", [["SECRET", "b"]]),
    "limit": ("SELECT * FROM plan_sale WHERE state = %s ORDER BY made DESC LIMIT 3", ["SECRET"]),
    "lateral": (
        """
        SELECT * FROM plan_shop s, LATERAL (
            SELECT * FROM plan_sale p WHERE p.shop_id = s.id AND state = %s ORDER BY made LIMIT 1
        ) AS latest WHERE s.id < 10
        """,
        ["SECRET"],
    ),
    "tree": (
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
        SELECT * FROM n JOIN plan_sale ON id = i WHERE state <> %s
        """,
        ["SECRET"],
    ),
}


@pytest.fixture
def sales(db: None) -> None:
    """Tables inside the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)


def plan_of(name: str) -> tuple[Plan, str]:
    sql, params = STATEMENTS[name]
    explained = explain_in_place(connection, sql, params, observed_ms=1000, budget_ms=20_000)
    assert explained.note == ""
    return parse_plan(explained.document, fingerprint="f0", server_version=None), explained.document


def insights(plan: Plan) -> dict[str, Any]:
    found = [one for rule in PLAN_RULES for one in rule().check(plan, Schema(), Models())]
    return {one.rule: one for one in found if not one.is_badge}


@pytest.mark.parametrize("name", STATEMENTS)
def test_self_times_and_blocks_add_up(sales: None, name: str):
    plan, _ = plan_of(name)
    metrics = measure(plan)
    assert math.isclose(
        sum(one.self_ms for one in metrics.values()), root_ms(plan), rel_tol=0.01, abs_tol=0.001
    )
    assert sum(one.self_blocks for one in metrics.values()) == blocks(plan.root)
    assert all(0 <= one.share <= 1 for one in metrics.values())


@pytest.mark.parametrize("name", [name for name, (_, params) in STATEMENTS.items() if params])
def test_no_value_comes_through(sales: None, name: str):
    plan, document = plan_of(name)
    assert "SECRET" not in repr(plan)
    assert "SECRET" not in repr(insights(plan))
    # The check would prove nothing if PostgreSQL did not print the values.
    assert "SECRET" in document or name in ("values", "function")


def test_a_rare_value_is_a_selective_scan(sales: None):
    found = insights(plan_of("scan")[0])
    assert found["seq-scan-selective"].message.startswith(
        "Seq Scan on plan_sale read 40 000 rows to keep 40:"
    )


def test_a_subquery_without_an_index_is_a_correlated_subplan(sales: None):
    found = insights(plan_of("subplan")[0])
    assert (
        "ran 19 times, once a row, reading all of plan_sale each time" in found["correlated-subplan"].message
    )
    assert "seq-scan-selective" not in found


def test_plain_aggregates_have_no_findings(sales: None):
    for name in ("window", "distinct", "union", "tree"):
        found = insights(plan_of(name)[0])
        assert not set(found) - {"sort-spill", "seq-scan-selective", "estimate-off"}


def test_an_estimate_has_the_same_nodes_and_no_times(sales: None):
    sql = "UPDATE plan_sale SET total = 0 WHERE state = %s"
    explained = explain_in_place(connection, sql, ["SECRET"], observed_ms=1, budget_ms=5_000)
    plan = parse_plan(explained.document, fingerprint="f0", server_version=None, note=explained.note)
    assert [node.node_type for node in walk(plan.root)] == ["ModifyTable", "Seq Scan"]
    assert (plan.is_analyzed, plan.execution_time_ms) == (False, None)
    assert plan.note.startswith("Only planned: UPDATE")
    assert "SECRET" not in repr(plan)
    assert insights(plan) == {}
