import json

import pytest

from queryscope.formats.plan_view import node_numbers, plan_view
from queryscope.sql.layout import lay_out
from tests.builders import make_node, make_plan
from tests.formats.plans import make_wide_plan, review_plan
from tests.plans.corpus import CASES, case


def test_node_numbers_are_of_all_loops_and_stand_depth_first():
    numbers = node_numbers(review_plan())
    assert [row[2] for row in numbers] == [20, 20, 3_000, 22_000, 22_000, 3_000, 3_000]
    scan, index = numbers[4], numbers[6]
    assert (scan[1], scan[3], scan[5], scan[6]) == (131.4, 5_812, 1.02, True)
    assert (index[0], index[4]) == (3.0, 3_000)
    assert sum(row[1] for row in numbers) == pytest.approx(152.7, abs=0.01)


def test_a_node_that_never_ran_says_so():
    numbers = node_numbers(make_plan(make_node(actual_loops=0.0, actual_rows=0.0, actual_total_time_ms=0.0)))
    assert numbers[0][5:] == [0, False]


def test_an_estimated_plan_has_costs_for_times_and_no_error():
    root = make_node("Sort", make_node(total_cost=30.0, plan_rows=7), total_cost=42.5, plan_rows=5)
    assert node_numbers(make_plan(root, is_analyzed=False)) == [
        [42.5, 12.5, 5, 0, 1, 0, False],
        [30.0, 30.0, 7, 0, 1, 0, False],
    ]


def test_a_plan_without_a_statement_has_no_links():
    shown = plan_view(review_plan())
    assert shown["sql"] == []
    assert shown["links"] == {}


def test_the_statement_is_in_pieces_that_make_its_text():
    text = lay_out('SELECT "book_id", COUNT(*) FROM "shop_review" WHERE "rating" >= %s GROUP BY 1')
    shown = plan_view(review_plan(), text)
    assert "".join(piece for piece, _ in shown["sql"]) == text
    parts = {number: piece for piece, number in shown["sql"] if number >= 0}
    assert [parts[number] for number in shown["links"][4]] == ['"shop_review"', '"rating" >= %s']


def test_cheap_parts_are_closed_and_what_is_spoken_of_is_not():
    assert plan_view(review_plan())["closed"] == []
    assert len(plan_view(make_wide_plan(160))["closed"]) == 159


@pytest.mark.parametrize("one", CASES[::7], ids=lambda one: one.label)
def test_every_plan_of_the_corpus_is_plain_data(one):
    shown = plan_view(one.plan, one.sql)
    json.dumps(shown, allow_nan=False)
    assert len(shown["nodes"]) == one.text.count('"Node Type"')
    assert all(0 <= number < len(shown["nodes"]) for number in shown["closed"])


def test_a_plan_that_was_not_run_is_closed_by_its_costs():
    assert not case("pg18/delete_planned").plan.is_analyzed
    plan = make_wide_plan(20, is_analyzed=False)
    assert len(plan_view(plan)["closed"]) == 19
