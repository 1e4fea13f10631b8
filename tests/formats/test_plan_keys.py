import json
from pathlib import Path

import pytest

from queryscope.formats.plan_keys import node_keys, plan_keys
from queryscope.plans.parse import parse_plan
from tests.builders import make_node, make_plan
from tests.formats.plans import review_plan


def test_fields_carry_postgresql_s_own_names():
    keys = node_keys(
        make_node(
            "Sort",
            relation_name="shop_book",
            cte_name="c",
            subplan_name="CTE c",
            actual_total_time_ms=1.5,
            rows_removed_by_filter=7.0,
            rows_removed_by_index_recheck=2.0,
            sort_key=("a", "b DESC"),
            sort_space_used_kb=64,
            shared_hit_blocks=3,
        )
    )
    assert keys["Node Type"] == "Sort"
    assert keys["Relation Name"] == "shop_book"
    assert keys["CTE Name"] == "c"
    assert keys["Subplan Name"] == "CTE c"
    assert keys["Actual Total Time"] == 1.5
    assert keys["Rows Removed by Filter"] == 7.0
    assert keys["Rows Removed by Index Recheck"] == 2.0
    assert keys["Sort Key"] == ["a", "b DESC"]
    assert keys["Sort Space Used"] == 64
    assert keys["Shared Hit Blocks"] == 3


def test_what_is_empty_is_left_out_but_costs_are_not():
    assert set(node_keys(make_node())) == {
        "Node Type",
        "Startup Cost",
        "Total Cost",
        "Plan Rows",
        "Plan Width",
    }


def test_unknown_keys_come_back_and_never_cover_known_ones():
    keys = node_keys(
        make_node("Seq Scan", extra={"Disabled": True, "Node Type": "Forged", "Odd": {1: (2, object)}})
    )
    assert keys["Disabled"] is True
    assert keys["Node Type"] == "Seq Scan"
    json.dumps(keys)


def test_numbers_that_json_has_not_become_zero():
    keys = node_keys(make_node(total_cost=float("inf"), extra={"Odd": float("nan")}))
    json.dumps(keys, allow_nan=False)


def test_children_stand_under_plans():
    keys = node_keys(make_node("Limit", make_node("Sort", make_node())))
    assert keys["Plans"][0]["Plans"][0]["Node Type"] == "Seq Scan"


def test_the_document_carries_times_and_settings():
    keys = plan_keys(review_plan())
    assert keys["Execution Time"] == 153.1
    assert keys["Planning Time"] == 0.4
    assert keys["Settings"] == {"work_mem": "8MB"}


def test_an_estimated_plan_has_no_times():
    assert set(plan_keys(make_plan(is_analyzed=False))) == {"Plan"}


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent.parent / "plans").rglob("*.json")), ids=lambda p: p.stem
)
def test_a_real_plan_survives_being_read_and_written(path):
    plan = parse_plan(path.read_text(encoding="utf-8"), fingerprint="f", server_version=None)
    again = parse_plan(json.dumps([plan_keys(plan)]), fingerprint="f", server_version=None)
    assert node_keys(again.root) == node_keys(plan.root)
