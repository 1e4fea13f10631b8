"""What is weighed of the search of a write, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from queryscope import chosen
from queryscope.capture.finish import Slow
from queryscope.config import Config
from queryscope.errors import ExplainRefusedError
from queryscope.model import Evidence, IndexAdvice, IndexKey, Level, Measure, Plan, Query, Schema, Table
from queryscope.plans.words import PLANNED_FOR_TIME, TIME_USED_UP
from queryscope.searching import Search, told_of_search, weigh_search, with_searches
from tests.builders import make_node, make_plan, make_query_group, make_trace
from tests.test_examine import fail, make_place


def make_advice(name: str = "i", relation: str = "shop_order", **more: Any) -> IndexAdvice:
    values = {"model": "shop.Order", "method": "btree", "keys": (IndexKey(column="state"),)} | more
    return IndexAdvice(name=name, relation=relation, **values)


def make_timed(before: float, after: float, **more: Any) -> IndexAdvice:
    evidence = Evidence(level=Level.TIMED, before=Measure(ms=before), after=Measure(ms=after), note="Built.")
    return make_advice(evidence=evidence, **more)


def make_search(*, wrote: float, found: float = 0.0, ms: float = 20.0, **more: Any) -> Search:
    """Of a DELETE on a table of 100 000 rows, as far as they are left."""
    scan = {"actual_rows": found, "actual_loops": 1.0, "rows_removed_by_filter": 100_000.0 - wrote - found}
    plan = make_plan(make_node(relation_name="shop_order", **scan), execution_time_ms=ms)
    values = {"plan": plan, "verb": "DELETE", "table": "shop_order", "rows": wrote, "write_ms": 25.0} | more
    return Search(slow=Slow(make_query_group(kind="delete"), "DELETE", ()), **values)


def weighed(
    search: Search, *candidates: IndexAdvice, rows: float = 0.0, **place: Any
) -> tuple[Any, list[str]]:
    table = Table(schema="public", name="shop_order", rows=rows, pages=1000)
    schema = Schema(server_version=180000, tables=(table,))
    kept, refused = weigh_search(search, candidates, schema, place=replace(make_place(), **place))
    return [one.name for one in kept], [one.kind for one in refused]


class TestWeighing:
    def test_a_write_that_has_to_search_gets_its_candidates(self):
        assert weighed(make_search(wrote=10), make_advice()) == (["i"], [])

    def test_what_it_waited_for_is_no_matter_of_indexes(self):
        assert weighed(make_search(wrote=10, ms=2.0, write_ms=5_000.0), make_advice()) == (["i"], [])

    @pytest.mark.parametrize(("ms", "kinds"), [(10.0, []), (9.9, ["writing"])])
    def test_one_that_has_more_to_write_does_not(self, ms, kinds):
        search = make_search(wrote=1_000, ms=ms, write_ms=300.0)
        assert weighed(search, make_advice())[1] == kinds

    @pytest.mark.parametrize(("ms", "kinds"), [(10.0, []), (9.9, ["writing"])])
    def test_writing_takes_no_more_than_the_whole(self, ms, kinds):
        assert weighed(make_search(wrote=10_000, ms=ms, write_ms=60.0), make_advice())[1] == kinds

    def test_the_reason_has_both_times(self):
        search = make_search(wrote=1_000, ms=1.0, write_ms=300.0)
        [refusal] = weigh_search(search, [make_advice()], Schema(server_version=1), place=make_place())[1]
        assert refusal.reason == (
            "To find the rows of this DELETE takes 1.0 ms. To write these 1,000 takes 50 ms, which no index "
            "makes faster."
        )

    def test_of_the_very_execution_the_whole_is_known(self):
        search = make_search(wrote=10_000, ms=1.0, write_ms=300.0)
        search = replace(search, plan=replace(search.plan, source="auto_explain"))
        assert weighed(search, make_advice()) == (["i"], [])

    @pytest.mark.parametrize(("wrote", "kinds"), [(20_000, []), (20_001, ["low-selectivity"])])
    def test_the_rows_that_were_written_count_though_they_are_gone(self, wrote, kinds):
        assert weighed(make_search(wrote=wrote), make_advice())[1] == kinds

    def test_so_do_the_rows_that_the_catalog_knows(self):
        assert weighed(make_search(wrote=30_000), make_advice(), rows=150_000.0) == (["i"], [])

    def test_another_table_may_be_searched_all_the_same(self):
        others = [make_advice("other", "shop_line"), make_advice("beside", "shop_line", together=("i",))]
        found = weighed(make_search(wrote=50_000), make_advice(together=("beside",)), *others)
        assert found == (["other"], ["low-selectivity"])

    def test_the_size_of_a_tests_table_says_nothing(self):
        plan = make_plan(make_node(relation_name="shop_order", actual_rows=3.0, actual_loops=1.0))
        search = replace(make_search(wrote=3), plan=plan)
        assert weighed(search, make_advice(), is_test_database=True) == (["i"], [])
        assert weighed(search, make_advice()) == ([], ["low-selectivity"])


class TestGone:
    """Rows that the write changed are no longer found: what it takes to fetch them is not in the times."""

    @pytest.mark.parametrize(("wrote", "is_kept"), [(0, True), (9_900, True), (10_100, False)])
    def test_half_of_the_time_may_go_into_fetching_them(self, wrote, is_kept):
        kept, refused = told_of_search(make_search(wrote=wrote), [make_timed(20.0, 0.05)])
        assert bool(kept) is is_kept
        assert [one.kind for one in refused] == ([] if is_kept else ["no-gain"])

    def test_a_millisecond_must_be_left(self):
        assert told_of_search(make_search(wrote=100), [make_timed(1.15, 0.0)])[0]
        assert not told_of_search(make_search(wrote=200), [make_timed(1.15, 0.0)])[0]

    @pytest.mark.parametrize(("after", "kinds"), [(80.0, []), (80.1, ["writing"])])
    def test_a_sixth_of_the_whole_must_be_won(self, after, kinds):
        search = make_search(wrote=2_000, found=2_000, ms=100.0, write_ms=120.0)
        _, refused = told_of_search(search, [make_timed(100.0, after)])
        assert [one.kind for one in refused] == kinds

    def test_rows_that_are_still_there_were_timed(self):
        [advice] = told_of_search(make_search(wrote=15_000, found=15_000), [make_timed(20.0, 9.0)])[0]
        assert advice.evidence.note == (
            "Built. Tried was the search for the rows of the DELETE, which itself is never run a second "
            "time; the whole DELETE took 25.0 ms."
        )

    def test_what_was_not_timed_is_told_nothing_of(self):
        usable = make_advice(evidence=Evidence(level=Level.USABLE, note="Usable."))
        [advice] = told_of_search(make_search(wrote=15_000), [usable])[0]
        assert advice.evidence.note.startswith("Usable. Tried was the search")

    def test_a_select_has_no_search(self):
        advice = make_timed(20.0, 1.0)
        assert told_of_search(None, [advice]) == ([advice], [])


class TestPlanning:
    def searched(self, sql: str, plan: Plan | None, explain: Callable[[Slow], Plan], **more: Any) -> Any:
        group = make_query_group(kind="delete", **({"max_ms": 40.0, "total_ms": 60.0, "count": 2} | more))
        queries = (Query(0, 1.0, 20.0, 7), Query(0, 2.0, 40.0, 9))
        slow = Slow(group, sql, [1, 2], typical=(sql, [3, 4]))
        [(same, plan, search)] = with_searches([(slow, plan)], explain, make_trace(group, queries=queries))
        assert same is slow
        return plan, search

    def test_the_search_is_explained_in_place_of_the_write(self):
        asked: list[Slow] = []
        own, found = make_plan(is_analyzed=False), make_plan()

        def explain(slow: Slow) -> Plan:
            asked.append(slow)
            return found

        plan, search = self.searched("DELETE FROM a WHERE b = %s AND c = %s", own, explain)
        assert plan is own
        assert search.plan is found
        assert (search.rows, search.write_ms) == (9.0, 30.0)
        [slow] = asked
        assert slow is search.slow
        assert (slow.sql, slow.params) == ("SELECT a.ctid FROM a WHERE b = %s AND c = %s", [1, 2])
        assert slow.typical == (slow.sql, [3, 4])
        assert (slow.is_select, slow.is_search) == (True, True)

    def test_what_has_none_and_what_has_no_plan_ask_nothing(self):
        own = make_plan(is_analyzed=False)
        assert self.searched("DELETE FROM a", own, fail) == (own, None)
        assert self.searched("DELETE FROM a WHERE b = %s AND c = %s", None, fail) == (None, None)

    def test_a_refusal_is_told_with_the_plan(self):
        def explain(_: Slow) -> Plan:
            raise ExplainRefusedError(f"Not explained: {TIME_USED_UP}.")

        own = make_plan(is_analyzed=False, note="Only planned: DELETE is never run a second time.")
        plan, search = self.searched("DELETE FROM a WHERE b = %s AND c = %s", own, explain)
        assert search is None
        assert plan.note == f"{own.note} Its search: Not explained: {TIME_USED_UP}."

    def test_so_is_why_it_was_not_run(self):
        own = make_plan(is_analyzed=False, note="Only planned: DELETE is never run a second time.")
        found = make_plan(is_analyzed=False, note=PLANNED_FOR_TIME)
        plan, search = self.searched("DELETE FROM a WHERE b = %s AND c = %s", own, lambda _: found)
        assert search.plan is found
        assert plan.note == f"{own.note} Its search: {PLANNED_FOR_TIME}"
        assert TIME_USED_UP in plan.note


class TestChoice:
    SEARCHING = "DELETE FROM a WHERE b = 1"

    def shapes(self, *several: tuple[str, str, float], **settings: Any) -> list[str]:
        slow = []
        for at, (name, sql, ms) in enumerate(several):
            kind = sql.partition(" ")[0].lower()
            group = make_query_group(at, fingerprint=name, kind=kind, max_ms=ms, total_ms=ms)
            slow.append(Slow(group, sql, None))
        return [each.fingerprint for each in chosen.shapes_to_explain(slow, Config(**settings))]

    @pytest.mark.parametrize("mode", ["slow", "all"])
    def test_a_costly_write_that_searches_is_explained(self, mode):
        told = self.shapes(
            ("at", self.SEARCHING, 5.0),
            ("below", self.SEARCHING, 4.9),
            ("all", "DELETE FROM a", 50.0),
            ("new", "INSERT INTO a VALUES (1)", 50.0),
            explain=mode,
        )
        assert told == ["at"]

    def test_it_takes_no_place_of_a_select(self):
        selects = [(f"s{n}", "SELECT 1", 6.0 + n) for n in range(4)]
        writes = [(f"w{n}", self.SEARCHING, 20.0 + n) for n in range(4)]
        assert self.shapes(*selects, *writes) == ["w3", "w2", "w1", "s3", "s2", "s1"]
