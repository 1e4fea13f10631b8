"""Documents of EXPLAIN become frozen nodes, and nothing else becomes a plan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.errors import PlanError
from queryscope.model import Plan
from queryscope.plans.metrics import walk
from queryscope.plans.parse import parse_plan
from tests.plans.nodes import REAL_PLANS, SERVERS, read_text, real_plan


def parse(document: Any) -> Plan:
    return parse_plan(document, fingerprint="f0", server_version=180000)


def document(**node: Any) -> list[dict[str, Any]]:
    return [{"Plan": {"Node Type": "Seq Scan", **node}}]


@pytest.mark.parametrize("name", REAL_PLANS)
def test_every_real_plan_is_read_node_by_node(name: str):
    plan = real_plan(name)
    nodes = list(walk(plan.root))
    assert [node.id for node in nodes] == list(range(len(nodes)))
    assert read_text(name).count('"Node Type"') == len(nodes)
    assert plan.is_analyzed == (not name.endswith("plan_only"))
    assert plan.planning_time_ms is not None
    assert (plan.execution_time_ms is not None) == plan.is_analyzed


@pytest.mark.parametrize("name", REAL_PLANS)
def test_no_literal_of_a_real_plan_survives(name: str):
    plan = real_plan(name)
    texts = repr(plan)
    assert "'rare'" not in texts
    assert "nothing like it" not in texts
    assert "2020-06-01" not in texts
    assert "{17,99}" not in texts


@pytest.mark.parametrize("server", SERVERS)
def test_the_fields_of_a_scan_are_those_of_postgresql(server: str):
    scan = real_plan(f"{server}/seq_scan_rare").root
    assert (scan.node_type, scan.relation_name, scan.schema, scan.alias) == (
        "Seq Scan",
        "book",
        "public",
        "book",
    )
    assert scan.filter == "(book.status = …::text)"
    assert (scan.actual_rows, scan.actual_loops, scan.rows_removed_by_filter) == (200, 1, 99_800)
    assert scan.actual_total_time_ms is not None
    assert scan.actual_total_time_ms > 1
    assert scan.shared_hit_blocks + scan.shared_read_blocks == 1334
    assert "title" in scan.output


@pytest.mark.parametrize("server", SERVERS)
def test_sorts_hashes_and_workers_keep_their_figures(server: str):
    sort = real_plan(f"{server}/sort_spill").root
    assert (sort.sort_method, sort.sort_space_type) == ("external merge", "Disk")
    assert sort.sort_space_used_kb > 30_000
    assert sort.sort_key == ("review.body",)
    hash_node = next(
        node for node in walk(real_plan(f"{server}/hash_spill").root) if node.node_type == "Hash"
    )
    assert hash_node.hash_batches > 1
    gather = real_plan(f"{server}/parallel_seq_scan").root
    assert gather.workers_planned == gather.workers_launched == 2
    assert gather.children[0].parallel_aware


def test_rows_of_postgresql_18_are_fractions_and_its_new_keys_are_read():
    scan = real_plan("pg18/bitmap_or").root.children[0].children[0]
    assert scan.index_searches >= 1
    assert real_plan("pg18/disabled_node").root.children[0].disabled
    assert parse(document(**{"Actual Rows": 333333.33, "Actual Loops": 3})).root.actual_rows == 333333.33


def test_unknown_keys_are_kept_and_redacted():
    extra = parse(document(**{"New In 19": {"Text": "(a = 'SECRET')", "Count": 3}})).root.extra
    assert extra == {"New In 19": {"Text": "(a = …)", "Count": 3}}


def test_settings_jit_and_triggers_are_read():
    top = document()
    top[0] |= {
        "Settings": {"work_mem": "8MB"},
        "JIT": {"Timing": {"Total": 12.5}},
        "Triggers": [{"Time": 1.5}, {"Time": 2.0}],
        "Query Text": "SELECT 'SECRET'",
    }
    plan = parse(top)
    assert plan.settings == (("work_mem", "8MB"),)
    assert plan.jit_ms == 12.5
    assert plan.trigger_ms == 3.5
    assert "SECRET" not in repr(plan)


def test_text_list_and_object_are_the_same_plan():
    top = document()
    assert parse(json.dumps(top)) == parse(top) == parse(top[0])


def test_the_note_says_why_a_plan_is_only_estimated():
    plan = parse_plan(document(), fingerprint="f1", server_version=None, note="Only planned: DELETE.")
    assert (plan.fingerprint, plan.note, plan.is_analyzed) == ("f1", "Only planned: DELETE.", False)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "null",
        "[]",
        "{}",
        "Seq Scan on book",
        '[{"Plan": ',
        '[{"Plan": []}]',
        '[{"Plan": {}}]',
        '[{"Plan": {"Node Type": 5}}]',
        '{"Plan": {"Node Type": "Seq Scan", "Plans": 3}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plans": [3]}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plan Rows": "many"}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plan Rows": true}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plan Rows": -1}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plan Rows": NaN}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 1e999}}',
        '{"Plan": {"Node Type": "Seq Scan", "Plan Rows": null}}',
        '{"Plan": {"Node Type": "Seq Scan", "Filter": ["a"]}}',
        '{"Plan": {"Node Type": "Seq Scan", "Sort Key": "a"}}',
        '{"Plan": {"Node Type": "Seq Scan", "Parallel Aware": "yes"}}',
        '{"Plan": {"Node Type": "Seq Scan"}, "Execution Time": "1 ms"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_plan_is_refused(wrong: str):
    with pytest.raises(PlanError):
        parse(wrong)


def test_a_number_of_four_hundred_digits_is_refused():
    with pytest.raises(PlanError):
        parse(document(**{"Plan Rows": 10**400}))


def test_a_plan_deeper_than_any_query_is_refused():
    node: dict[str, Any] = {"Node Type": "Append"}
    for _ in range(400):
        node = {"Node Type": "Append", "Plans": [node]}
    with pytest.raises(PlanError, match="deeper"):
        parse({"Plan": node})


@pytest.mark.parametrize("name", ["pg15/cte", "pg18/parallel_join"])
def test_a_cut_off_document_is_refused_wherever_it_ends(name: str):
    text = read_text(name).strip()
    for end in range(0, len(text) - 1, 997):
        with pytest.raises(PlanError):
            parse(text[:end])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["Node Type", "Plans", "Plan Rows", "Filter", "Sort Key", "Actual Loops", "Id", "Extra"]
)


@given(st.dictionaries(KEYS, JSON, max_size=5))
def test_forged_nodes_are_read_or_refused(node: dict[str, Any]):
    try:
        plan = parse({"Plan": {"Node Type": "Result", **node}})
    except PlanError:
        return
    assert plan.root.node_type
