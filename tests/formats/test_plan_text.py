from __future__ import annotations

import re
from dataclasses import replace

import pytest

from queryscope.formats.plan_text import MOST_NODES, headline, plan_lines, plans_of
from queryscope.model import Badge, Insight
from queryscope.plans.metrics import measure, root_ms, walk
from tests.builders import make_node, make_plan
from tests.formats.findings import make_finding, make_occurrence
from tests.formats.plan_golden import SHOWN, path_of, render
from tests.formats.plans import make_plan_of, make_wide_plan, review_plan
from tests.formats.reports import HOSTILE, make_report
from tests.plans.corpus import CASES, case

UNREADABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.mark.parametrize(("label", "width"), SHOWN)
def test_plans_of_real_servers_read_as_they_did(label, width):
    assert render(label, width) == path_of(label, width).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_asked(width):
    for one in CASES:
        assert max(map(len, plan_lines(one.plan, width=width))) <= width


def test_a_terminal_narrower_than_any_plan_gets_forty_columns():
    assert max(map(len, plan_lines(review_plan(), width=10))) <= 40


def test_what_has_no_room_is_left_out_bar_first():
    plan = replace(review_plan(), settings=())
    wide, less, narrow = (plan_lines(plan, width=width) for width in (110, 70, 52))
    assert "▇" in "".join(wide)
    assert "▇" not in "".join(less)
    assert wide[1].split()[-1] == less[1].split()[-1] == "blocks"
    assert "blocks" not in narrow[1]
    assert "rows" in narrow[1]


def test_insights_and_badges_stand_at_their_node_and_are_never_cut():
    long = "A sentence that is long enough for more than one line of a terminal of sixty columns."
    said = (Insight(rule="x", node=4, severity="error", message=long),)
    badges = (Badge(node=4, name="x", text="It was cold."), Badge(node=None, name="y", text="It was late."))
    lines = plan_lines(replace(review_plan(), insights=said, badges=badges), width=60)
    at = next(number for number, line in enumerate(lines) if "Seq Scan" in line)
    assert "⚑ A sentence" in lines[at + 1]
    assert " ".join(line.strip("│⚑ ") for line in lines[at + 1 : at + 3]) == long
    assert "· It was cold." in lines[at + 3]
    assert lines[-1] == "· It was late."


def test_a_large_plan_shows_its_dearest_nodes_and_counts_the_others():
    lines = plan_lines(make_wide_plan(166))
    assert len(lines) == 2 + MOST_NODES
    text = "\n".join(lines)
    assert "540 ms" in text
    hidden = sum(int(number) for number in re.findall(r"\+ (\d+) node", text))
    assert hidden + MOST_NODES == 1 + 3 * 166


def test_times_that_are_shown_and_hidden_add_up():
    plan = case("pg18/many_seq_scans").plan
    lines = plan_lines(plan, most=5)
    shown = [float(ms) for ms in re.findall(r"([\d.]+) ms", "\n".join(lines[1:]))]
    assert sum(shown) == pytest.approx(root_ms(plan), rel=0.02)


def test_a_node_that_is_spoken_of_is_shown_however_large_the_plan():
    plan = make_wide_plan(166)
    last = max(node.id for node in walk(plan.root))
    said = Insight(rule="x", node=last, severity="info", message="Look at this.")
    assert any("Look at this." in line for line in plan_lines(replace(plan, insights=(said,))))


def test_a_deep_plan_keeps_its_names_in_sight():
    lines = plan_lines(make_plan_of(120), width=100, most=200)
    assert lines[-1].startswith("⋯ ")
    assert "└ Nested Loop  + 12 nodes, 12.0 ms" in lines[-1]
    assert all("Nested" in line for line in plan_lines(make_plan_of(120), width=60, most=30)[2:])


def test_rows_of_many_loops_are_told_as_they_came():
    text = "\n".join(plan_lines(review_plan()))
    assert "1 × 3\u202f000" in text
    assert measure(review_plan())[6].rows == 3_000


def test_the_headline_tells_how_the_plan_was_made():
    plan = make_plan(
        is_analyzed=False, note="Only planned: it deletes.", planning_time_ms=0.5, settings=(("jit", "off"),)
    )
    assert headline(plan) == "Plan: estimated · Only planned: it deletes · planning 0.50 ms · jit = off"
    analyzed = make_plan(execution_time_ms=3.0, analyze_ms=4.0, jit_ms=1.0, source="auto_explain")
    assert headline(analyzed) == (
        "Plan: analyzed, 3.0 ms · of the very execution · ANALYZE took 4.0 ms · JIT 1.0 ms"
    )


def test_hostile_names_neither_colour_nor_move_nor_add_lines():
    root = make_node(HOSTILE, relation_name=HOSTILE, alias=HOSTILE, subplan_name=HOSTILE)
    said = (Insight(rule="x", node=0, severity="info", message=HOSTILE),)
    plan = make_plan(root, note=HOSTILE, settings=((HOSTILE, HOSTILE),), insights=said)
    for width in (40, 100):
        text = "\n".join(plan_lines(plan, width=width))
        assert not UNREADABLE.search(text)


def test_only_a_finding_about_time_has_its_plan():
    report = make_report(0)
    slow = make_finding(fingerprints=("reviews",), worst=make_occurrence(avoidable_queries=0))
    assert plans_of(slow, report) == list(report.plans)
    assert plans_of(make_finding(fingerprints=("reviews",)), report) == []
    assert plans_of(replace(slow, fingerprints=("author",)), report) == []
