"""A plan in a real browser: its tree, its statement, both by keyboard and pointer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from queryscope.model import PlanNode
from tests.builders import make_node, make_plan
from tests.formats.plans import CORPUS
from tests.formats.reports import HOSTILE, make_report, make_shapes

pytestmark = pytest.mark.browser

ROWS = "[data-node]"
ACTIVE = "[data-node][aria-selected=true]"


def press(tab, *keys):
    for key in keys:
        tab.page.keyboard.press(key)


def active(tab):
    return int(tab.page.locator(ACTIVE).get_attribute("data-node"))


def lit(tab):
    return [part.inner_text() for part in tab.page.locator(".part.lit").all()]


def test_a_plan_shows_its_insights_and_a_node_s_details(open_tab):
    tab = open_tab("one", "#/plans")
    assert "⚑ The filter removed 178 000 of 200 000 rows." in tab.text()
    assert "· No parallel worker." in tab.text()
    tab.page.get_by_role("row", name="Seq Scan shop_review").click()
    assert "(rating >= $1)" in tab.text(".body.picked")
    assert "22\u202f000 = 22\u202f000 × 1 loop; expected 22\u202f400 a loop" in tab.text(".body.picked")


def test_the_heat_of_a_plan_can_be_chosen(open_tab):
    tab = open_tab("one", "#/plans")
    tab.page.get_by_role("link", name="buffers").click()
    tab.hash_is("#/plans/reviews?heat=buffers")
    assert "5\u202f812" in tab.text(".c-plan[data-node='4']")
    tab.page.get_by_role("link", name="rows", exact=True).click()
    tab.hash_is("#/plans/reviews?heat=rows")
    assert "1 × 3\u202f000" in tab.text(".c-plan[data-node='6']")


def test_the_plan_is_copied_in_postgresql_s_own_form(open_tab):
    tab = open_tab("one", "#/plans", permissions=["clipboard-read", "clipboard-write"])
    tab.page.get_by_role("button", name="Copy plan JSON").click()
    tab.page.get_by_role("button", name="Copied").wait_for()
    plan = json.loads(tab.page.evaluate("navigator.clipboard.readText()"))
    assert plan[0]["Plan"]["Node Type"] == "Limit"
    assert plan[0]["Execution Time"] == 153.1


def test_arrows_walk_the_tree_and_enter_shows_a_node(open_tab):
    tab = open_tab("one", "#/plans")
    tab.page.get_by_role("treegrid").focus()
    press(tab, "ArrowDown", "ArrowDown")
    assert active(tab) == 2
    assert tab.page.get_by_role("treegrid").get_attribute("aria-activedescendant") == "plan-row-2"
    press(tab, "Enter")
    assert "Aggregate" in tab.text(".body.picked h3")
    press(tab, "End")
    assert active(tab) == 6
    assert "Index Scan" in tab.text(".body.picked h3")
    press(tab, "ArrowLeft")  # a leaf has nothing to close: to its parent
    assert active(tab) == 5
    assert "Memoize" in tab.text(".body.picked h3")
    press(tab, "Enter")
    assert tab.page.locator(".body.picked").count() == 0
    press(tab, "Home", "ArrowUp")
    assert active(tab) == 0


def test_left_closes_a_part_and_right_opens_it(open_tab):
    tab = open_tab("one", "#/plans")
    tab.page.get_by_role("treegrid").focus()
    press(tab, "ArrowDown", "ArrowDown", "ArrowLeft")
    assert tab.page.locator(ROWS).count() == 3
    row = tab.page.locator(ACTIVE)
    assert row.get_attribute("aria-expanded") == "false"
    assert "+ 4 nodes" in row.inner_text()
    press(tab, "ArrowRight")
    assert tab.page.locator(ROWS).count() == 7
    assert tab.page.evaluate("document.activeElement.getAttribute('role')") == "treegrid"
    press(tab, "ArrowRight")
    assert active(tab) == 3


def test_the_tree_tells_assistive_software_what_it_is(open_tab):
    tab = open_tab("one", "#/plans")
    row = tab.page.locator("[data-node='4']")
    told = {name: row.get_attribute(name) for name in ("aria-level", "aria-posinset", "aria-setsize")}
    assert told == {"aria-level": "5", "aria-posinset": "1", "aria-setsize": "2"}
    assert "The filter removed 178 000" in row.get_attribute("aria-description")


def test_a_plan_of_five_hundred_nodes_begins_with_its_dear_part(open_tab):
    tab = open_tab("wide", "#/plans")
    assert "499" in tab.page.get_by_role("button", name="Open all").inner_text()
    assert tab.nodes() < 1_000
    first = tab.page.locator(ROWS).nth(1)
    assert first.get_attribute("aria-expanded") == "true"
    assert "+ 2 nodes" in tab.page.locator(ROWS).nth(4).inner_text()
    assert tab.page.get_by_role("treegrid").get_attribute("aria-rowcount") == str(1 + 1 + 166 + 2)
    tab.page.locator(ROWS).nth(4).locator(".twist").click()
    assert tab.page.get_by_role("treegrid").get_attribute("aria-rowcount") == str(1 + 1 + 166 + 4)
    tab.page.get_by_role("button", name="Open all").click()
    tab.page.get_by_role("treegrid").focus()
    press(tab, "End")
    assert active(tab) == 498
    assert tab.page.locator(ACTIVE).is_visible()
    assert tab.nodes() < 1_000


def test_a_node_lights_up_its_part_of_the_statement(open_tab):
    tab = open_tab("plans", "#/plans/subplan_per_row")
    tab.page.locator("[data-node='2']").hover()
    assert lit(tab) == ["review r", "r.book_id = b.id"]
    tab.page.locator("h1").hover()
    assert lit(tab) == []
    tab.page.get_by_role("treegrid").focus()
    press(tab, "Home")
    assert lit(tab) == ["book b", "b.id <= %s"]


def test_a_part_of_the_statement_lights_up_its_nodes(open_tab):
    tab = open_tab("plans", "#/plans/subplan_per_row")
    part = tab.page.get_by_role("button", name="r.book_id = b.id")
    part.hover()
    assert tab.page.locator(".row.lit").count() == 2
    part.focus()
    press(tab, "Enter")
    assert active(tab) == 2
    assert tab.page.evaluate("document.activeElement.getAttribute('role')") == "treegrid"


def test_a_part_whose_node_is_in_a_closed_part_lights_up_what_hides_it(open_tab):
    tab = open_tab("plans", "#/plans/subplan_per_row")
    tab.page.get_by_role("treegrid").focus()
    press(tab, "ArrowDown", "ArrowLeft")
    part = tab.page.get_by_role("button", name="r.book_id = b.id")
    part.hover()
    assert tab.page.locator(".row.lit").get_attribute("data-node") == "1"
    part.click()
    assert active(tab) == 2


def test_an_estimate_says_why_and_has_costs_for_times(open_tab):
    tab = open_tab("plans", "#/plans/delete_planned")
    assert "estimated" in tab.text(".plan h2 .tag")
    assert "Only planned: it deletes." in tab.text(".plan h2")
    assert "own cost" in tab.text(".plan .thead")
    assert "analyzed" in open_tab("plans", "#/plans/workers_missing").text(".plan h2 .tag")


def test_a_query_that_was_not_explained_says_why_where_its_plan_would_be(open_tab):
    text = open_tab("one", "#/queries/books").text()
    assert "skipped" in text
    assert "FOR UPDATE takes locks." in text


def test_what_never_ran_and_workers_that_did_not_come_are_told(open_tab):
    tab = open_tab("plans", "#/plans/cross_never_executed")
    assert "never ran" in tab.text(".unrun")
    tab.move("#/plans/workers_missing")
    assert "0 of 2 workers" in tab.text(".plan-list")


def test_badges_stand_at_their_nodes_and_those_of_the_plan_below_it(open_tab):
    tab = open_tab("plans", "#/plans/workers_missing")
    assert "· 0 of 2 workers came (max_parallel_workers)." in tab.text(".plan-list")
    tab.move("#/plans/subplan_per_row")
    assert "· Cold cache: 900 blocks came from outside." in tab.text(".told")


def test_what_the_plan_cost_is_told(open_tab):
    tab = open_tab("plans", "#/plans/subplan_per_row")
    assert "ANALYZE took 16.0 ms" in tab.text(".around summary")
    tab.page.locator(".around summary").click()
    text = tab.text(".around dl")
    assert "31.0 ms in all, 16.0 ms of it to run the statement again" in text
    assert "waited 14.0 ms" in text
    assert "0.40 ms, 1 row, another plan" in text


def test_circumstances_are_one_line_that_opens(open_tab):
    tab = open_tab("plans", "#/plans/workers_missing")
    summary = tab.text(".around summary")
    assert "planning" in summary
    tab.page.locator(".around summary").click()
    assert "Planning" in tab.text(".around dl")


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_plan_breaks_a_rule_of_wcag(open_tab, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    tab = open_tab("plans", f"#/plans/{name}", color_scheme=scheme)
    tab.page.locator(ROWS).first.click()
    tab.page.locator(ROWS).last.hover()
    found = Axe().run(tab.page, options=rules).response["violations"]
    assert [(item["id"], [node["html"][:160] for node in item["nodes"][:3]]) for item in found] == []


@pytest.mark.parametrize("width", [1280, 1000, 420])
def test_no_plan_scrolls_sideways(open_tab, width):
    tab = open_tab("plans", "#/plans", viewport={"width": width, "height": 900})
    for name in CORPUS:
        for heat in ("time", "rows"):
            tab.move(f"#/plans/{name}?heat={heat}")
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_statement_stands_beside_the_tree_where_there_is_room(open_tab):
    def places(width):
        tab = open_tab("plans", "#/plans/subplan_per_row", viewport={"width": width, "height": 900})
        boxes = [tab.page.locator(one).bounding_box() for one in (".tree-side", ".sql-side")]
        return [(box["x"], box["y"]) for box in boxes]

    (left, top), (right, beside) = places(1280)
    assert left < right
    assert abs(top - beside) < 2
    (_, below), (_, above) = places(800)
    assert above < below


def deep_plan(depth):
    node: PlanNode = make_node("Seq Scan", relation_name="t", actual_loops=1.0, actual_rows=1.0)
    for _ in range(depth):
        node = make_node("Subquery Scan", node, actual_loops=1.0, actual_rows=1.0)
    return make_plan(node, fingerprint="reviews")


def test_the_name_of_a_deep_node_stays_in_sight(open_tab, report_file):
    report_file("deep-plan", make_report(1, plans=(deep_plan(120),)))
    tab = open_tab("deep-plan", "#/plans")
    press(tab, "Tab")
    tab.page.get_by_role("treegrid").focus()
    press(tab, "*", "End")
    assert "⋯" in tab.page.locator(ACTIVE).inner_text()
    assert "Seq Scan t" in tab.page.locator(ACTIVE).inner_text()
    assert tab.page.locator(ACTIVE).locator("b").is_visible()


def test_a_hostile_statement_and_plan_stay_text(open_tab, report_file):
    markup = "</pre><img src=x onerror=alert(1)>"
    sql = f'SELECT "{HOSTILE}" FROM "x"{markup} WHERE "{HOSTILE}" = %s ORDER BY \U0001f600'
    scan = make_node(
        "Seq Scan", relation_name=HOSTILE, alias=HOSTILE, filter=f'("{HOSTILE}" = …)', sort_key=(HOSTILE,)
    )
    plan = make_plan(scan, fingerprint="reviews", is_analyzed=False, settings=((HOSTILE, HOSTILE),))
    shape = make_shapes(1)[0]
    report_file("hostile-plan", make_report(1, plans=(plan,), shapes=(replace(shape, sql=sql),)))
    tab = open_tab("hostile-plan", "#/plans/reviews")
    tab.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    tab.page.locator(ROWS).first.click()
    assert tab.page.locator("img").count() == 0
    assert "<img src=x onerror=alert(1)>" in tab.text(".sql-side")
    assert "\U0001f600" in tab.text(".sql-side")
    assert "\u202e" not in tab.page.content()
    assert len(lit(tab)) >= 1
