"""Tests of searching.py: indexes for what an UPDATE or DELETE has to find."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from catalog.models import Brand, Company
from orders.models import Order
from problems.models import Shipment
from queryscope import chosen, searching
from queryscope.capture.finish import Slow
from queryscope.capture.state import FAULTS
from queryscope.config import Config
from queryscope.errors import ExplainRefusedError
from queryscope.model import (
    Capture,
    Evidence,
    IndexAdvice,
    IndexKey,
    Level,
    Measure,
    Plan,
    PlanNode,
    Query,
    Schema,
    Table,
)
from queryscope.plans.metrics import walk
from queryscope.plans.words import PLANNED_FOR_TIME, TIME_USED_UP
from queryscope.searching import Search, told_of_search, weigh_search, with_searches
from queryscope.sql.search import search_of
from tests.builders import make_node, make_plan, make_query_group, make_trace
from tests.test_examine import (  # noqa: F401 - fixtures
    ROWS,
    SECRET,
    committed,
    companies,
    fail,
    look,
    make_place,
    no_faults,
    run,
)

TIMED = {"trial_indexes": ["default"]}
IN_A_TEST = {"in_place": True, "is_test_database": True}


# The writes under examination: outside of a test each is taken back.


def taken_back(work: Callable[[], Any]) -> Callable[[], None]:
    def tried() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return tried


def move() -> None:
    name = SECRET
    Company.objects.filter(name=name).update(country="XX")


def drop() -> None:
    name = SECRET
    Company.objects.filter(name=name)._raw_delete(
        "default"
    )  # which delete() calls where nothing refers to it


def drop_by_query() -> None:
    name = SECRET
    Brand.objects.filter(company__in=Company.objects.filter(name=name)).delete()


def raw(sql: str, params: Any = None) -> Callable[[], None]:
    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)

    return work


@pytest.fixture
def slow_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes count as slow however fast this machine is; what only was planned, too."""
    monkeypatch.setattr("queryscope.proving.ESTIMATED_MS", 0.0)


def told(work: Callable[[], Any], **settings: Any) -> Capture:
    return look(work, slow_ms=0.0, **settings)


def keys(capture: Capture) -> list[tuple[str, ...]]:
    return [tuple(key.column or key.expression for key in one.keys) for one in capture.indexes]


@pytest.mark.usefixtures("committed")
class TestTimed:
    @pytest.mark.parametrize(("work", "verb"), [(move, "UPDATE"), (drop, "DELETE")])
    def test_an_index_is_timed_for_the_search(self, work, verb):
        capture = told(taken_back(work), **TIMED)
        [advice] = capture.indexes
        assert [key.django for key in advice.keys] == ["name"]
        assert advice.evidence.level is Level.TIMED
        assert advice.evidence.after.ms * 2 < advice.evidence.before.ms
        assert f"Tried was the search for the rows of the {verb}" in advice.evidence.note
        assert "no longer" not in advice.evidence.note
        [group] = [each for each in capture.trace.groups if each.kind == verb.lower()]
        assert advice.serves == (group.fingerprint,)

    @pytest.mark.parametrize(("work", "verb"), [(move, "UPDATE"), (drop, "DELETE")])
    def test_the_plan_of_the_report_is_that_of_the_write(self, work, verb):
        capture = told(taken_back(work), **TIMED)
        [plan] = [each for each in capture.plans if each.root.node_type == "ModifyTable"]
        assert (plan.is_analyzed, plan.note) == (False, f"Only planned: {verb} is never run a second time.")
        assert len({each.fingerprint for each in capture.plans}) == len(capture.plans)

    @pytest.mark.parametrize("work", [move, drop])
    def test_nothing_is_written_again(self, work):
        before = run("SELECT count(*), min(xmin::text), max(xmin::text) FROM catalog_company")
        told(taken_back(work), **TIMED)
        assert run("SELECT count(*), min(xmin::text), max(xmin::text) FROM catalog_company") == before

    def test_no_value_is_kept(self):
        capture = told(taken_back(move), **TIMED)
        assert SECRET not in repr(capture)
        assert "XX" not in repr(capture.indexes)

    @pytest.mark.parametrize("work", [move, drop])
    def test_so_it_is_in_the_transaction_of_a_test_whose_rows_are_gone(self, work):
        with transaction.atomic():
            capture = told(work, **IN_A_TEST)
            transaction.set_rollback(True)
        [advice] = capture.indexes
        assert [key.django for key in advice.keys] == ["name"]
        assert advice.evidence.level is Level.TIMED
        # What was deleted is found no more, what was moved still has its name.
        assert ("Of its rows 1 no longer meet the condition." in advice.evidence.note) is (work is drop)

    def test_what_is_found_by_a_query_of_another_table(self):
        with transaction.atomic():
            Brand.objects.create(name="b", slug="b", company=Company.objects.filter(name=SECRET).get())
            capture = told(drop_by_query, **IN_A_TEST)
            transaction.set_rollback(True)
        assert ("name",) in keys(capture)
        assert {one.relation for one in capture.indexes} == {"catalog_company"}

    def test_where_nothing_may_be_built_it_is_probed(self, monkeypatch):
        monkeypatch.setattr("queryscope.database.proof.run_trials", fail)
        [advice] = told(taken_back(move)).indexes
        assert advice.evidence.level is Level.USABLE
        assert "Tried was the search" in advice.evidence.note

    def test_what_auto_explain_told_is_not_run_again_but_probed(self, monkeypatch):
        [plan] = told(taken_back(move)).plans
        analyzed = replace(plan, is_analyzed=True, root=ran(plan.root), execution_time_ms=30.0)
        monkeypatch.setattr("queryscope.examine.heard_plan", lambda *_: analyzed)
        monkeypatch.setattr("queryscope.database.explain.explain_apart", fail)
        [advice] = told(taken_back(move), **TIMED).indexes
        assert advice.evidence.level is Level.USABLE
        assert "the plan is that of the very execution" in advice.evidence.note


def ran(node: PlanNode) -> PlanNode:
    """As if it had run: every scan kept one row."""
    scanned = {"actual_rows": 1.0, "actual_loops": 1.0, "actual_total_time_ms": 30.0}
    dropped = {"rows_removed_by_filter": float(ROWS - 1)} if node.filter else {}
    return replace(node, children=tuple(map(ran, node.children)), **scanned, **dropped)


class TestCascade:
    @pytest.fixture
    def shipments(self, db: None) -> None:
        run("""
            INSERT INTO orders_customer (name, email, joined) VALUES ('c', 'c@example.org', now());
            INSERT INTO orders_address (customer_id, street, city, postcode, country)
            SELECT id, 's', 'c', 'p', 'AA' FROM orders_customer;
            INSERT INTO orders_order (number, customer_id, shipping_address_id, billing_address_id, status,
                total, created)
            SELECT 'n' || n, customer_id, id, id, 'paid', 1, now()
            FROM orders_address, generate_series(1, 1000) n;
            INSERT INTO problems_shipment (tracking_code, order_id, depot, status, contact, details, labels,
                "window", shipped)
            SELECT 't' || id || n, id, 'd', 's', 'c', '{}', '{}', tstzrange(now(), now() + '1 day'), now()
            FROM orders_order, generate_series(1, 40) n;
            SET CONSTRAINTS ALL IMMEDIATE;
            SET CONSTRAINTS ALL DEFERRED;
            ANALYZE problems_shipment;
        """)

    def test_what_a_cascade_deletes_is_found_by_the_foreign_key(self, shipments):
        order = Order.objects.order_by("pk")[500]
        capture = told(order.delete, **IN_A_TEST)
        [advice] = [one for one in capture.indexes if one.relation == "problems_shipment"]
        assert [key.django for key in advice.keys] == ["order"]
        assert advice.evidence.level is Level.TIMED
        assert "DELETE" in advice.evidence.note
        assert {one.relation for one in capture.indexes} == {"problems_shipment"}

    def test_what_is_looked_up_for_a_column_is_timed_with_it(self, shipments):
        latest = Shipment.objects.filter(order=OuterRef("pk")).order_by("-shipped").values("depot")[:1]
        some = Order.objects.filter(pk__in=list(Order.objects.values_list("pk", flat=True)[:20]))
        capture = told(lambda: some.update(status=Subquery(latest)), **IN_A_TEST)
        relations = {one.relation: [key.django for key in one.keys] for one in capture.indexes}
        assert relations["problems_shipment"][0] == "order"
        assert all(one.evidence.level is Level.TIMED for one in capture.indexes)


@pytest.mark.usefixtures("committed")
class TestNearMisses:
    def quiet(self, work: Callable[[], Any]) -> Capture:
        capture = told(taken_back(work), **TIMED)
        assert capture.indexes == ()
        return capture

    def test_a_row_that_is_found_by_its_key(self):
        [first] = Company.objects.order_by("pk")[:1]
        assert not self.quiet(lambda: Company.objects.filter(pk=first.pk).update(country="XX")).refusals
        self.quiet(first.save)

    def test_an_update_of_all_rows(self):
        assert not self.quiet(lambda: Company.objects.update(country="XX")).refusals

    def test_a_delete_of_most_rows(self):
        capture = self.quiet(lambda: Company.objects.exclude(country="ZZ").delete())
        assert "low-selectivity" in {one.kind for one in capture.refusals}

    def test_what_is_gone_by_now_counts_as_found(self):
        with transaction.atomic():
            capture = told(raw("UPDATE catalog_company SET country = 'XX' WHERE country < 'W'"), **IN_A_TEST)
            transaction.set_rollback(True)
        assert capture.indexes == ()
        [refusal] = [one for one in capture.refusals if one.kind == "low-selectivity"]
        assert "this UPDATE wrote 59,940 of" in refusal.reason

    def test_a_volatile_function_is_never_called_again(self, slow_writes):
        run("CREATE SEQUENCE calls")
        try:
            work = raw("UPDATE catalog_company SET country = 'XX' WHERE name = 'a' AND nextval('calls') > 0")
            capture = told(taken_back(work), **TIMED)
            value = run("SELECT last_value, is_called FROM calls")
        finally:
            run("DROP SEQUENCE calls")
        assert value == [(1, False)]
        assert not [one for one in capture.indexes if one.evidence.level is Level.TIMED]

    def test_what_locks_rows_is_not_run(self, slow_writes):
        sql = """
            UPDATE catalog_company SET country = 'XX' WHERE id IN (
                SELECT id FROM catalog_company WHERE name = 'a' LIMIT 1 FOR UPDATE SKIP LOCKED
            )
        """
        capture = told(taken_back(raw(sql)), **TIMED)
        assert not [one for one in capture.indexes if one.evidence.level is not Level.NONE]

    def test_returning_is_left_out(self):
        sql = "UPDATE catalog_company SET country = %s WHERE name = %s RETURNING id, %s::text"
        capture = told(taken_back(raw(sql, ["XX", SECRET, "x"])), **TIMED)
        assert keys(capture) == [("name",)]

    def test_a_view_has_no_place_of_its_rows_and_the_plan_says_so(self):
        run("CREATE VIEW named AS SELECT * FROM catalog_company WHERE name <> ''")
        try:
            [plan] = told(taken_back(raw("DELETE FROM named WHERE name = 'x'")), **TIMED).plans
        finally:
            run("DROP VIEW named")
        assert "Its search: Not explained: PostgreSQL refused it (42703)." in plan.note


class TestTenants:
    def test_the_search_is_in_the_schema_of_the_write(self, transactional_db):
        run("""
            DROP SCHEMA IF EXISTS tenant_w CASCADE;
            CREATE SCHEMA tenant_w;
            CREATE TABLE tenant_w.catalog_company (LIKE public.catalog_company INCLUDING ALL);
            INSERT INTO tenant_w.catalog_company (name, country)
            SELECT 'Company ' || n, 'AA' FROM generate_series(1, 40000) n;
            ANALYZE tenant_w.catalog_company;
            SET search_path = tenant_w, public;
        """)
        try:
            capture = told(taken_back(move), **TIMED)
        finally:
            run("RESET search_path; DROP SCHEMA tenant_w CASCADE")
        assert keys(capture) == [("name",)]
        assert {table.schema for table in capture.schema.tables} == {"tenant_w"}


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

    @pytest.mark.usefixtures("committed")
    def test_a_fault_in_it_leaves_the_plans(self, monkeypatch):
        from queryscope.database import explain

        real = explain.explain_apart

        def faulty(*given: Any, is_serial: bool, **more: Any) -> Any:
            return fail() if is_serial else real(*given, is_serial=is_serial, **more)

        monkeypatch.setattr("queryscope.database.explain.explain_apart", faulty)
        [plan] = told(taken_back(move)).plans
        assert plan.note.endswith("Its search: queryscope failed, see its log")
        assert FAULTS.count == 1
        FAULTS.clear()


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


HOSTILE = """
    CREATE TEMP TABLE "set" ("where" int, "from" text, "Using" int, k serial PRIMARY KEY) ON COMMIT DROP;
    INSERT INTO "set" SELECT n % 50, 'WHERE ' || n % 7, n % 3 FROM generate_series(1, 3000) n;
    CREATE TEMP TABLE returning_ (id int PRIMARY KEY, set_k int, n int) ON COMMIT DROP;
    INSERT INTO returning_ SELECT n, n, n % 10 FROM generate_series(1, 500) n;
    CREATE INDEX ON returning_ (n);
    ANALYZE "set"; ANALYZE returning_;
"""
# What is looked up for two columns at once is left out of the search.
SEVERAL = (
    'UPDATE "set" SET ("where", "Using") = (SELECT n, n FROM returning_ WHERE id = %s) WHERE k < %s',
    [1, 9],
)
WRITES: list[tuple[str, Any]] = [
    ('UPDATE "set" SET "where" = %s WHERE "where" = %s', [1, 7]),
    (
        'UPDATE "set" AS "where" SET "from" = %s WHERE "where"."where" < %s AND "from" <> %s',
        ["a", 9, "WHERE 1"],
    ),
    ('DELETE FROM "set" WHERE "from" = \'WHERE 3\' AND "Using" IN (%s, %s)', [0, 1]),
    ('DELETE FROM "set" t USING returning_ r WHERE t.k = r.set_k AND r.n = %s', [4]),
    (
        'UPDATE "set" SET "where" = r.n FROM returning_ r WHERE r.id = "set".k AND r.n = %s RETURNING %s',
        [3, "x"],
    ),
    ('DELETE FROM "set" WHERE k IN (SELECT U0.set_k FROM returning_ U0 WHERE U0.n >= %s)', [8]),
    (
        'DELETE FROM "set" t WHERE NOT EXISTS (SELECT 1 FROM returning_ r WHERE r.set_k = t.k) AND t.k < %s',
        [900],
    ),
    (
        'UPDATE "set" SET "from" = %s || \' WHERE \' /* WHERE %s */ WHERE "Using" = %s -- FROM x',
        ["a", "b", 2],
    ),
    ('UPDATE "set" SET "where" = (SELECT max(n) FROM returning_ r WHERE r.set_k = k) WHERE k = %s', [5]),
    (
        'WITH few AS (SELECT set_k FROM returning_ WHERE n = %s) DELETE FROM "set" USING few WHERE k = set_k',
        [2],
    ),
    ('UPDATE "set" SET "where" = 0 WHERE "from" LIKE %(like)s AND k %% 2 = 0', {"like": "%3", "unused": 1}),
    ('UPDATE ONLY ("set") SET "where" = 0 WHERE k % 7 = 3', None),
]


class TestSameScans:
    """The search is run beside the write on a real server."""

    @pytest.fixture(autouse=True)
    def tables(self, db: None) -> None:
        run(HOSTILE)

    @pytest.mark.parametrize(("sql", "params"), [*WRITES, SEVERAL])
    def test_it_finds_the_rows_that_are_written(self, sql, params):
        found = search_of(sql, params)
        assert found is not None
        with connection.cursor() as cursor:
            cursor.execute(found.sql, found.params)
            rows = len(set(cursor.fetchall()))
            cursor.execute(sql, params)
            assert cursor.rowcount == rows > 0

    @pytest.mark.parametrize(("sql", "params"), WRITES)
    def test_its_scans_are_those_of_the_write(self, sql, params):
        found = search_of(sql, params)
        assert found is not None
        assert scans(found.sql, found.params) == scans(sql, params)


PREPARED = """
    INSERT INTO catalog_company (name, country)
    SELECT 'Company ' || n, CASE WHEN n % 9 = 0 THEN 'ZZ' ELSE 'AA' END FROM generate_series(1, 300) n;
    INSERT INTO catalog_brand (name, slug, company_id)
    SELECT 'Brand ' || c.id || n, 'b' || c.id || '-' || n, c.id
    FROM catalog_company c, generate_series(1, 3) n;
    ANALYZE catalog_company; ANALYZE catalog_brand;
"""
BRANDS = Brand.objects.filter(company=OuterRef("pk"))
ORM: list[Callable[[], Any]] = [
    lambda: Company.objects.filter(Q(name="Company 7") | Q(country="ZZ", name__lt="Company 5")).update(
        country="X"
    ),
    lambda: Company.objects.exclude(country="ZZ").exclude(name__contains="1").update(country="X"),
    lambda: Company.objects.filter(brands__slug__endswith="-2").update(country="X"),
    lambda: Company.objects.filter(brands__name__in=["Brand 1", "x"], country="AA").update(country="X"),
    lambda: Company.objects.filter(Exists(BRANDS.filter(slug__endswith="7-1"))).update(
        name=Concat("name", Value("%s"))
    ),
    lambda: Company.objects.filter(~Exists(BRANDS), country="ZZ").update(country="X"),
    lambda: Company.objects.filter(country="ZZ").update(
        name=Subquery(BRANDS.order_by("-slug").values("name")[:1])
    ),
    lambda: Company.objects.filter(pk__in=Company.objects.filter(country="ZZ").order_by("name")[:5]).update(
        name="x"
    ),
    lambda: Company.objects.filter(name__regex=r"[0-9]{2}%?").update(country="X"),
    lambda: Brand.objects.filter(company__country="ZZ").update(name=F("slug")),
    lambda: Brand.objects.filter(company__country="ZZ")._raw_delete("default"),
    lambda: Brand.objects.filter(slug__endswith="-1").delete(),
    lambda: Company.objects.filter(country="ZZ").delete(),
    lambda: Brand.objects.bulk_update([Brand(pk=n, name=f"n{n}") for n in range(9)], ["name"]),
]


class TestStatementsOfDjango:
    """Each UPDATE and DELETE that the ORM sends: its search finds as many rows, by the same scans."""

    @pytest.mark.parametrize("at", range(len(ORM)))
    def test_they_are_searched_as_they_are_written(self, db, at):
        run(PREPARED)
        seen: list[str] = []

        def compare(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not sql.startswith(("UPDATE", "DELETE")):
                return execute(sql, params, many, context)
            found = search_of(sql, params)
            assert found is not None
            raw = connection.connection.cursor()
            assert plan_of(raw, found.sql, found.params) == plan_of(raw, sql, params)
            rows = len(set(raw.execute(found.sql, found.params).fetchall()))
            result = execute(sql, params, many, context)
            assert context["cursor"].rowcount == rows
            seen.append(sql)
            return result

        with connection.execute_wrapper(compare):
            ORM[at]()
        assert seen


def plan_of(raw: Any, sql: str, params: Any) -> list[tuple[Any, ...]]:
    """Of tables in subqueries a write takes the rows too, where its search is content with an index."""
    found = scans_in(raw.execute(f"EXPLAIN (FORMAT JSON) {sql}", params).fetchone()[0])
    return sorted(((node.replace("Index Only", "Index"), *names) for node, *names in found), key=str)


def scans(sql: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [(document,)] = cursor.fetchall()
    return scans_in(document)


def scans_in(document: Any) -> list[tuple[Any, ...]]:
    tree = json.loads(document) if isinstance(document, str) else document
    waiting, found = [tree[0]["Plan"]], []
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node["Node Type"] != "ModifyTable":
            found.append((node["Node Type"], node.get("Relation Name"), node.get("Index Name")))
    return sorted(found, key=str)


@pytest.mark.usefixtures("committed")
def test_no_worker_helps_to_search(monkeypatch):
    """As none helps to write."""
    asked: list[Plan] = []
    real = searching.with_searches

    def noted(*given: Any) -> Any:
        found = real(*given)
        asked.extend(search.plan for _, _, search in found if search is not None)
        return found

    monkeypatch.setattr("queryscope.examine.with_searches", noted)
    eager = ["parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"]
    with transaction.atomic():
        for setting in eager:
            run(f"SET LOCAL {setting} = 0")
        select = look(lambda: list(Company.objects.filter(name=SECRET)), in_place=True)
        [advice] = told(move, **IN_A_TEST).indexes
        transaction.set_rollback(True)
    [plan] = select.plans
    assert "Gather" in {node.node_type for node in walk(plan.root)}
    [plan] = asked
    assert plan.is_analyzed
    assert "Gather" not in {node.node_type for node in walk(plan.root)}
    assert advice.evidence.level is Level.TIMED
