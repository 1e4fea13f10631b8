"""Tests of database/probe.py, trial_place.py and table_copy.py: all kinds of tables, and nothing stays."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from queryscope.database.probe import Probed
from queryscope.database.sandbox import own_connection, rolled_back
from queryscope.database.table_copy import make_copy, read_relation, unqualified
from tests.database.test_probe import index, probed, tables

__all__ = ["tables"]

STATE = (
    """SELECT n.nspname, c.relname, c.relkind, c.relfilenode, c.relpages, c.reltuples, c.relhasindex
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND c.relname LIKE 'probe%' ORDER BY 1, 2""",
    "SELECT tablename, attname, n_distinct FROM pg_stats WHERE tablename LIKE 'probe%' ORDER BY 1, 2",
    "SELECT count(*), sum(hashtext(probe_large::text)) FROM probe_large",
    "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
    "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY 1",
    "SELECT extname FROM pg_extension ORDER BY 1",
    "SELECT count(*) FROM pg_class WHERE relpersistence = 't'",
)


SEEN = (
    """CREATE FUNCTION probe_see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'seen'; END $$""",
    """CREATE EVENT TRIGGER probe_sees ON ddl_command_end WHEN tag IN ('CREATE INDEX')
    EXECUTE FUNCTION probe_see()""",
)


def run(*statements):
    """The rows of the last one, on the raw connection."""
    with connection.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def state():
    return [run(query) for query in STATE]


@contextmanager
def made(*statements):
    """Tables of one test."""
    with transaction.atomic():
        run(*statements)
        yield
        transaction.set_rollback(True)


def locks():
    """Modes in which this session has locked the table and its key."""
    return set(
        run(
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid()"
            " AND relation IN ('public.probe_large'::regclass, 'public.probe_large_pkey'::regclass)"
        )
    )


def test_nothing_is_left_behind(tables):
    before = state()
    probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = %s", ("C7",))
    assert state() == before


def test_nothing_is_left_behind_in_a_transaction_either(tables):
    with transaction.atomic():
        run("SELECT set_config('search_path', 'public', true)")
        before = state()
        answer = probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = 'C7'")
        assert isinstance(answer, Probed)
        assert state() == before
        assert run("SELECT current_setting('search_path'), current_setting('transaction_read_only')") == [
            ("public", "off")
        ]


def test_the_table_is_locked_as_by_any_query(tables):
    with rolled_back(tables.connection, lock_ms=100, statement_ms=5000) as cursor:
        make_copy(cursor, read_relation(cursor, "probe_large"), most_rows=100)
        assert locks() == {("AccessShareLock",)}


def test_a_writer_does_not_wait(tables):
    written, stop = [], threading.Event()

    def write():
        with own_connection(connection.copy()) as other:
            other.execute("SET lock_timeout = '1ms'")
            while not stop.is_set():
                other.execute("BEGIN")
                other.execute("UPDATE probe_large SET state = state WHERE id = 3")
                other.execute("ROLLBACK")
                written.append(True)
            written.append("to the end")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(5):
        probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = 'C7'")
    stop.set()
    writer.join()
    assert len(written) > 5
    assert written[-1] == "to the end"


def test_a_lock_on_the_whole_table_is_not_waited_for(tables):
    with own_connection(tables) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE probe_large IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        answer = probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = 'C7'")
        assert time.monotonic() - started < 1
        other.execute("ROLLBACK")
    assert answer.kind == "locked"


def test_uncommitted_rows_count(tables):
    with made(
        "CREATE TABLE probe_new (id bigint PRIMARY KEY, code text)",
        "INSERT INTO probe_new SELECT n, 'C' || n FROM generate_series(1, 9) n",
    ):
        answer = probed(tables, index("probe_new", "code"), "SELECT * FROM probe_new WHERE code = 'C7'")
        assert (answer.sample_rows, answer.is_small) == (9, True)


def test_an_empty_table_is_no_obstacle(tables):
    with made("CREATE TABLE probe_new (id bigint PRIMARY KEY, code text)"):
        answer = probed(tables, index("probe_new", "code"), "SELECT * FROM probe_new WHERE code = 'C7'")
        assert answer.is_small


def test_what_costs_or_fires_is_left_at_the_door(tables):
    with made(
        "CREATE SEQUENCE probe_numbers",
        "CREATE FUNCTION probe_fire() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM nextval('probe_numbers'); RETURN new; END $$",
        "CREATE DOMAIN probe_text AS text CHECK (value <> '')",
        """CREATE TABLE probe_new (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            number bigint DEFAULT nextval('probe_numbers'),
            depot_id bigint REFERENCES probe_depot DEFERRABLE INITIALLY DEFERRED,
            code probe_text UNIQUE DEFERRABLE INITIALLY DEFERRED,
            twice text GENERATED ALWAYS AS (code || code) STORED,
            period int4range CHECK (nextval('probe_numbers') > 0),
            EXCLUDE USING gist (period WITH &&)
        )""",
        "CREATE TRIGGER probe_fires BEFORE INSERT ON probe_new FOR EACH ROW EXECUTE FUNCTION probe_fire()",
        "INSERT INTO probe_new (depot_id, code, period)"
        " SELECT n % 7, 'C' || n, int4range(n, n + 1) FROM generate_series(1, 700) n",
        "SET CONSTRAINTS ALL DEFERRED",
    ):
        before = run("SELECT last_value FROM probe_numbers")
        sql = "SELECT * FROM probe_new WHERE twice = 'C7C7'"
        answer = probed(tables, index("probe_new", "twice"), sql)
        assert isinstance(answer, Probed), answer
        assert answer.sample_rows == 700
        answer = probed(tables, index("probe_new", "depot_id"), "SELECT * FROM probe_new WHERE depot_id = 3")
        assert isinstance(answer, Probed), answer
        assert run("SELECT last_value FROM probe_numbers") == before


def test_a_column_that_is_computed_when_read_has_no_index(tables):
    if connection.pg_version < 180000:
        pytest.fail("the embedded server is PostgreSQL 18")
    with made(
        "CREATE TABLE probe_new (id int, code text, twice text GENERATED ALWAYS AS (code || code) VIRTUAL)",
        "INSERT INTO probe_new (id, code) SELECT n, 'C' || n FROM generate_series(1, 50) n",
    ):
        answer = probed(tables, index("probe_new", "twice"), "SELECT * FROM probe_new WHERE twice = 'C7C7'")
        assert answer.kind == "not-supported"
        answer = probed(tables, index("probe_new", "code"), "SELECT * FROM probe_new WHERE code = 'C7'")
        assert isinstance(answer, Probed)


def test_an_index_on_a_partitioned_table_is_probed_like_one_on_a_partition(tables):
    with made(
        "CREATE TABLE probe_new (id bigint, day date, code text, UNIQUE (id, day)) PARTITION BY RANGE (day)",
        *(
            f"CREATE TABLE probe_new_{year} PARTITION OF probe_new"
            f" FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
            for year in (2023, 2024)
        ),
        "INSERT INTO probe_new SELECT n, '2023-06-01'::date + n % 500, 'C' || n"
        " FROM generate_series(1, 9000) n",
    ):
        answer = probed(tables, index("probe_new", "code"), "SELECT * FROM probe_new WHERE code = 'C7'")
        assert isinstance(answer, Probed)
        assert 200 <= answer.sample_rows <= 2000


def test_a_parent_is_probed_with_the_rows_of_its_children(tables):
    with made(
        "CREATE TABLE probe_new (id bigint, code text)",
        "CREATE TABLE probe_new_child () INHERITS (probe_new)",
        "INSERT INTO probe_new_child SELECT n, 'C' || n FROM generate_series(1, 900) n",
    ):
        answer = probed(tables, index("probe_new", "code"), "SELECT * FROM probe_new WHERE code = 'C7'")
        assert (answer.sample_rows, isinstance(answer, Probed)) == (900, True)


def test_tables_of_other_schemas_are_found_by_the_search_path_and_by_their_full_name(tables):
    with made(
        "CREATE SCHEMA probe_sales",
        'CREATE TABLE probe_sales."Order" (id bigint PRIMARY KEY, "Code" text)',
        """INSERT INTO probe_sales."Order" SELECT n, 'C' || n FROM generate_series(1, 900) n""",
    ):
        named = '"probe_sales"."Order"'
        sql = f"""SELECT {named}."id" FROM {named} WHERE {named}."Code" = %s"""
        answer = probed(tables, index(named, "Code"), sql, ("C7",))
        assert isinstance(answer, Probed), answer
        run("SET LOCAL search_path = probe_sales, pg_temp")
        sql = 'SELECT "Order"."id" FROM "Order" WHERE "Order"."Code" = %s'
        answer = probed(tables, index("Order", "Code"), sql, ("C7",))
        assert isinstance(answer, Probed), answer
        assert run("SHOW search_path") == [("probe_sales, pg_temp",)]


def test_the_name_of_a_table_in_a_string_is_left_alone():
    class Sales:
        schema, name = "sales", "order"

    assert unqualified("SELECT 1 FROM sales.order WHERE x = 1", Sales) == 'SELECT 1 FROM "order" WHERE x = 1'
    assert unqualified('SELECT "sales" . "order"."id" FROM "sales"."order"', Sales) == (
        'SELECT "order"."id" FROM "order"'
    )
    assert unqualified("SELECT 'sales.order' FROM sales.order", Sales) is None
    assert unqualified("SELECT 1 FROM wholesales.order, sales.orders", Sales) == (
        "SELECT 1 FROM wholesales.order, sales.orders"
    )


def test_a_policy_is_told_not_guessed(tables):
    with made(
        "ALTER TABLE probe_large ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY probe_own ON probe_large USING (state = 'new')",
        "CREATE ROLE probe_reader",
        "GRANT SELECT ON probe_large TO probe_reader",
        "SET LOCAL ROLE probe_reader",
    ):
        answer = probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = 'C7'")
        assert "row-level security" in answer.reason


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (["SET TRANSACTION READ ONLY"], "read-only"),
        (SEEN, "event triggers"),
        (
            [
                "CREATE ROLE probe_reader",
                "GRANT SELECT ON probe_large TO probe_reader",
                """DO $$ BEGIN
                EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
                END $$""",
                "SET LOCAL ROLE probe_reader",
            ],
            "may not make temporary tables",
        ),
    ],
)
def test_where_no_temporary_table_can_be_made_the_reason_is_told(tables, statements, reason):
    with made(*statements):
        answer = probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = 'C7'")
    assert answer.kind == "not-probed"
    assert reason in answer.reason


def test_a_role_that_may_only_read_is_enough(tables):
    with made(
        "CREATE ROLE probe_reader",
        "GRANT SELECT ON probe_large TO probe_reader",
        "SET LOCAL ROLE probe_reader",
    ):
        answer = probed(tables, index("probe_large", "code"), "SELECT * FROM probe_large WHERE code = 'C7'")
    assert isinstance(answer, Probed)


def test_a_role_that_may_not_read_all_columns_is_told(tables):
    with made(
        "CREATE ROLE probe_reader",
        "GRANT SELECT (id, code) ON probe_large TO probe_reader",
        "SET LOCAL ROLE probe_reader",
    ):
        answer = probed(tables, index("probe_large", "code"), "SELECT id FROM probe_large WHERE code = 'C7'")
    assert answer.kind == "not-allowed"


@pytest.mark.parametrize(
    ("table", "reason"),
    [("probe_gone", "search path"), ("probe_view", "search path"), ("probe_temp", "no ordinary table")],
)
def test_what_is_no_ordinary_table_is_told(tables, table, reason):
    with made(
        "CREATE MATERIALIZED VIEW probe_matview AS SELECT * FROM probe_small",
        "CREATE TEMPORARY TABLE probe_temp (id int, code text)",
    ):
        answer = probed(tables, index(table, "code"), f"SELECT * FROM {table} WHERE code = 'C7'")
    assert reason in answer.reason


def test_arms_of_an_or_are_of_use_together_only(tables):
    sql = "SELECT * FROM probe_large WHERE code = 'C7' OR name = 'x'"
    one, other = index("probe_large", "code"), index("probe_large", "name", name="probe_y")
    answer = probed(tables, (one, other), sql)
    assert isinstance(answer, Probed)
    assert len(answer.uses) == 2
    assert probed(tables, one, sql).kind == "not-usable"


def test_a_set_over_two_tables_is_probed_as_a_whole(tables):
    sql = "SELECT o.* FROM probe_large o JOIN probe_depot d ON d.id = o.depot_id WHERE d.city = 'City 3'"
    answer = probed(
        tables, (index("probe_large", "depot_id"), index("probe_depot", "city", name="probe_y")), sql
    )
    assert isinstance(answer, Probed), answer


def test_an_extension_is_made_only_where_that_is_allowed(tables):
    key = "(UPPER(code)) gin_trgm_ops"
    advice = index("probe_large", key, method="gin", extensions=("pg_trgm",))
    sql = "SELECT * FROM probe_large WHERE UPPER(code) LIKE UPPER(%s)"
    with made("DROP EXTENSION pg_trgm CASCADE"):
        assert probed(tables, advice, sql, ("%c77%",)).kind == "missing-extension"
        assert isinstance(probed(tables, advice, sql, ("%c77%",), may_extend=True), Probed)
        assert run("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'") == [(0,)]


def test_an_index_that_does_the_same_already_leaves_it_no_use(tables):
    with made("CREATE INDEX probe_there ON probe_large (code)"):
        sql = "SELECT id FROM probe_large WHERE code = 'C7' ORDER BY id"
        assert probed(tables, index("probe_large", "state", "code"), sql).kind == "not-usable"


def test_wide_rows_make_a_small_sample(tables):
    with made(
        "CREATE TABLE probe_new (id bigint PRIMARY KEY, code text, body text)",
        "ALTER TABLE probe_new ALTER body SET STORAGE EXTERNAL",
        "INSERT INTO probe_new SELECT n, 'C' || n, repeat('x', 20000) FROM generate_series(1, 600) n",
        "ANALYZE probe_new",
    ):
        answer = probed(tables, index("probe_new", "code"), "SELECT * FROM probe_new WHERE code = 'C7'")
        assert answer.sample_rows == 200
