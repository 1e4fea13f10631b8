"""Tests of searching.py: indexes for what an UPDATE or DELETE has to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from catalog.models import Brand, Company
from orders.models import Order
from problems.models import Shipment
from queryscope import searching
from queryscope.capture.state import FAULTS
from queryscope.model import (
    Capture,
    Level,
    Plan,
    PlanNode,
)
from queryscope.plans.metrics import walk
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
            SELECT 'Company ' || n, 'AA' FROM generate_series(1, 150000) n;
            ANALYZE tenant_w.catalog_company;
            SET search_path = tenant_w, public;
        """)
        try:
            capture = told(taken_back(move), **TIMED)
        finally:
            run("RESET search_path; DROP SCHEMA tenant_w CASCADE")
        assert keys(capture) == [("name",)]
        assert {table.schema for table in capture.schema.tables} == {"tenant_w"}


@pytest.mark.usefixtures("committed")
def test_a_fault_in_it_leaves_the_plans(monkeypatch):
    from queryscope.database import explain

    real = explain.explain_apart

    def faulty(*given: Any, is_serial: bool, **more: Any) -> Any:
        return fail() if is_serial else real(*given, is_serial=is_serial, **more)

    monkeypatch.setattr("queryscope.database.explain.explain_apart", faulty)
    [plan] = told(taken_back(move)).plans
    assert plan.note.endswith("Its search: queryscope failed, see its log")
    assert FAULTS.count == 1
    FAULTS.clear()


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
