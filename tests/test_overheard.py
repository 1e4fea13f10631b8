"""Plans that PostgreSQL's auto_explain tells of the very executions: nothing runs a second time."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.models import Tag
from queryscope import overheard
from queryscope.capture.finish import Slow
from queryscope.capture.state import FAULTS
from queryscope.database.auto_explain import ask, on_plan, sent_text
from queryscope.model import Plan
from queryscope.overheard import heard_plan
from queryscope.profiler import profile
from queryscope.sql.fingerprint import fingerprint
from tests.builders import make_query_group
from tests.database import pgbouncer

SCHEMA = """
    CREATE TABLE heard_row (id int PRIMARY KEY, n int, at timestamptz, u uuid, d numeric, b boolean);
    INSERT INTO heard_row SELECT i, i % 10, now(), gen_random_uuid(), i, true FROM generate_series(1, 100) i;
    CREATE SEQUENCE heard_counter;
"""
DROP = (
    "DROP TABLE IF EXISTS heard_row; DROP SEQUENCE IF EXISTS heard_counter; DROP ROLE IF EXISTS heard_nobody"
)


@pytest.fixture(autouse=True)
def rows(transactional_db: None) -> Iterator[None]:
    """Its own session: what is asked of one lasts as long as it does."""
    FAULTS.clear()
    connection.close()
    run(DROP)
    run(SCHEMA)
    yield
    assert FAULTS.count == 0
    connection.close()
    run(DROP)
    connection.close()


def run(sql: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def plans_of(*calls: tuple[Any, ...], **settings: Any) -> tuple[Plan, ...]:
    with profile("block", auto_explain=True, explain="all", slow_ms=0.0, **settings) as profiled:
        for call in calls:
            run(*call)
    assert profiled.capture is not None
    return profiled.capture.plans


def test_the_plan_is_that_of_the_very_execution():
    [plan] = plans_of(("SELECT nextval('heard_counter') FROM heard_row WHERE n = %s", [3]))
    assert (plan.source, plan.is_analyzed, plan.note) == ("auto_explain", True, "")
    assert plan.root.actual_rows == 10
    assert plan.execution_time_ms > 0
    assert plan.explain_ms is None
    assert run("SELECT last_value FROM heard_counter") == [(10,)]


def test_a_write_is_told_and_written_once():
    [plan] = plans_of(("UPDATE heard_row SET n = n + 1 WHERE id = %s", [7]))
    assert (plan.source, plan.root.node_type, plan.is_analyzed) == ("auto_explain", "ModifyTable", True)
    assert run("SELECT n FROM heard_row WHERE id = 7") == [(8,)]


def test_no_value_is_kept():
    [plan] = plans_of(("SELECT * FROM heard_row WHERE u::text = %s", ["SECRET"]))
    assert "SECRET" not in repr(plan)


@pytest.mark.parametrize(
    "value",
    [
        5,
        "x",
        True,
        None,
        1.5,
        decimal.Decimal("2.5"),
        dt.datetime.now(dt.UTC),
        uuid.uuid4(),
        [1, 2],
    ],
)
def test_a_statement_is_found_whatever_its_parameters_are(value: Any):
    [plan] = plans_of(("SELECT id, %s FROM heard_row", [value]))
    assert plan.source == "auto_explain"


def test_the_slowest_execution_is_kept():
    heavy = "SELECT count(*) FROM generate_series(1, %s)"
    [plan] = plans_of((heavy, [10]), (heavy, [200_000]), (heavy, [20]))
    assert plan.root.children[0].actual_rows == 200_000


def test_nothing_is_run_again_for_what_the_first_parameters_come_to():
    counted = "SELECT nextval('heard_counter') FROM generate_series(1, %s)"
    heavy = "SELECT count(*) FROM generate_series(1, %s)"
    [counting, plan] = plans_of((counted, [10]), (counted, [2_000]), (heavy, [10]), (heavy, [200_000]))
    assert (counting.typical, plan.typical) == (None, None)
    assert run("SELECT last_value FROM heard_counter") == [(2_010,)]


def slow(sql: str = "SELECT 1") -> Slow:
    return Slow(make_query_group(fingerprint=fingerprint(sql), alias="default"), sql, ())


DOCUMENT = {"Plan": {"Node Type": "Result", "Actual Rows": 1, "Actual Loops": 1}}


def test_the_plan_of_a_namesake_on_another_database_is_not_taken():
    shape = fingerprint("SELECT 1")
    assert heard_plan({("reports", shape): (1.0, DOCUMENT)}, slow(), connection, None) is None
    assert heard_plan({("default", shape): (1.0, DOCUMENT)}, slow(), connection, None) is not None


def test_a_slower_one_on_another_database_does_not_take_its_place():
    sql = "SELECT n FROM heard_row"
    with profile("block", auto_explain=True, explain="all", slow_ms=0.0) as profiled:
        run(sql)
        overheard._keep("reports", 9_000.0, {"Query Text": sql, **DOCUMENT})
    assert profiled.capture is not None
    assert [plan.root.node_type for plan in profiled.capture.plans] == ["Seq Scan"]


def test_without_a_connection_to_ask_the_plan_was_not_heard():
    unreachable = connection.copy()
    unreachable.settings_dict = {**unreachable.settings_dict, "HOST": "127.0.0.1", "PORT": "1"}
    plans = {("default", "another"): (1.0, DOCUMENT)}
    assert heard_plan(plans, slow(), unreachable, None) is None
    [plan] = plans_of(("SELECT n FROM heard_row",))
    assert plan.source == "auto_explain"


def test_in_a_transaction_it_is_asked_for_each_unit_anew():
    for _ in range(2):
        with transaction.atomic():
            [plan] = plans_of(("SELECT n FROM heard_row WHERE n = 3",))
            assert plan.source == "auto_explain"
            transaction.set_rollback(True)


def test_a_new_connection_is_asked_too():
    with profile("block", auto_explain=True, explain="all") as profiled:
        connection.close()
        run("SELECT n FROM heard_row")
    assert profiled.capture is not None
    assert [plan.source for plan in profiled.capture.plans] == ["auto_explain"]


def test_without_the_setting_nothing_is_asked():
    with profile("block", explain="all") as profiled:
        run("SELECT n FROM heard_row")
    assert profiled.capture is not None
    assert [plan.source for plan in profiled.capture.plans] == ["explain"]


def test_a_role_that_may_not_load_it_falls_back():
    run("CREATE ROLE heard_nobody; GRANT SELECT ON heard_row TO heard_nobody")
    twin = connection.copy()
    twin.settings_dict["OPTIONS"] = {"assume_role": "heard_nobody"}
    twin.connect()
    try:
        assert not ask(twin, least_ms=0)
        with twin.cursor() as cursor:
            cursor.execute("BEGIN; SELECT 1")
            assert not ask(twin, least_ms=0)
            assert twin.connection.info.transaction_status == 2
            cursor.execute("ROLLBACK")
    finally:
        twin.close()


def test_an_aborted_transaction_is_left_alone():
    twin = connection.copy()
    twin.connect()
    try:
        twin.connection.execute("BEGIN")
        with pytest.raises(connection.Database.Error):
            twin.connection.execute("SELECT 1 / 0")
        assert not ask(twin, least_ms=0)
    finally:
        twin.close()


@pytest.mark.pgbouncer
def test_behind_a_pooler_nothing_is_asked():
    settings = connection.settings_dict
    with pgbouncer.pooler(settings, users=(settings["USER"],)) as directory:
        twin = connection.copy()
        twin.settings_dict.update({"HOST": str(directory), "PORT": pgbouncer.PORT, "OPTIONS": {}})
        twin.connect()
        try:
            assert not ask(twin, least_ms=0)
            [[known]] = twin.connection.execute("SELECT current_setting('auto_explain.log_analyze', true)")
            assert known is None
        finally:
            twin.close()


def test_other_notices_are_not_plans():
    heard: list[Any] = []
    connection.ensure_connection()
    on_plan(connection.connection, lambda *found: heard.append(found))
    told = (
        "hello",
        "duration: 1 ms  plan:",
        "duration: 1 ms  plan:\n{broken",
        'duration: 2 ms  plan:\n{"a": 1}',
    )
    for text in told:
        run("SELECT set_config('heard.text', %s, false)", [text])
        run("DO $$ BEGIN RAISE NOTICE USING MESSAGE = current_setting('heard.text'); END $$")
    assert heard == []


def test_only_so_many_plans_are_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(overheard, "MOST_PLANS", 2)
    plans = plans_of(*[(f"SELECT n AS a{number} FROM heard_row",) for number in range(4)])
    assert sorted(plan.source for plan in plans) == ["auto_explain", "auto_explain", "explain", "explain"]


def test_a_fast_statement_is_not_told():
    with profile("block", auto_explain=True, slow_ms=10_000, costly_ms=10_000) as profiled:
        list(Tag.objects.all())
    assert profiled.capture is not None
    assert profiled.capture.plans == ()


def test_the_text_that_was_sent_is_known_with_parameters_in_it():
    assert sent_text(connection.copy(), "SELECT %s", ["a"]) == "SELECT 'a'"


def test_nothing_stays_connected_to_signals_of_django():
    from django.db.backends.signals import connection_created

    before = list(connection_created.receivers)
    with profile("outer", auto_explain=True):
        with profile("inner", auto_explain=True):
            pass
        assert len(connection_created.receivers) == len(before) + 1
    assert connection_created.receivers == before
