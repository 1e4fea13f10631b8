"""What a statement calls is followed through views, bodies, operators, casts, domains and policies."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from queryscope.database.allowlist import judge, judge_plan
from queryscope.database.calls import Calls
from queryscope.database.explain import explain_in_place
from queryscope.errors import ExplainRefusedError

SCHEMA = """
    CREATE TABLE calls_book (id int PRIMARY KEY, title text, rank int);
    INSERT INTO calls_book SELECT i, 'title ' || i, i FROM generate_series(1, 50) i;
    CREATE FUNCTION calls_touch() RETURNS int LANGUAGE plpgsql VOLATILE
        AS $$ BEGIN PERFORM pg_advisory_lock(4711); RETURN 1; END $$;
    CREATE FUNCTION calls_touch(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT calls_touch() $$;
    CREATE FUNCTION calls_plain(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + 1 $$;
    CREATE FUNCTION calls_of(calls_book) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT calls_touch() $$;
    CREATE FUNCTION calls_title(calls_book) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.title $$;
    CREATE FUNCTION calls_hidden() RETURNS int LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN calls_touch() + 0; END $$;
    CREATE FUNCTION calls_deeper() RETURNS int LANGUAGE plpgsql STABLE
        AS $$ DECLARE a int; BEGIN SELECT calls_hidden() INTO a; RETURN a; END $$;
    CREATE FUNCTION calls_atomic() RETURNS int LANGUAGE sql STABLE
        BEGIN ATOMIC SELECT calls_touch(); END;
    CREATE FUNCTION calls_dynamic() RETURNS int LANGUAGE plpgsql STABLE
        AS $$ DECLARE a int; BEGIN EXECUTE 'SELECT calls_' || 'touch()' INTO a; RETURN a; END $$;
    CREATE FUNCTION calls_default(a int, b int DEFAULT calls_touch()) RETURNS int LANGUAGE sql IMMUTABLE
        AS $$ SELECT a $$;
    CREATE FUNCTION calls_seen(int) RETURNS int LANGUAGE plpgsql STABLE
        AS $$ BEGIN IF ($1 > 0) THEN RETURN coalesce(upper('a')::varchar(3) = 'A', false)::int; END IF;
              RETURN (SELECT count(*) FROM calls_book); END $$;
    CREATE FUNCTION first(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT calls_touch() $$;
    CREATE FUNCTION "a""now"() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT calls_touch() $$;
    CREATE FUNCTION calls_step(int, int) RETURNS int LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN calls_touch() + $1; END $$;
    CREATE AGGREGATE calls_sum(int) (SFUNC = calls_step, STYPE = int, INITCOND = '0');
    CREATE VIEW calls_values AS SELECT * FROM (VALUES (calls_touch(), 1), (2, 3)) AS v(a, b);
    CREATE VIEW calls_limit AS SELECT id FROM calls_book LIMIT calls_touch();
    CREATE VIEW calls_outer AS SELECT * FROM calls_limit;
    CREATE VIEW calls_fine AS SELECT id, upper(title) AS title FROM calls_book;
    CREATE FUNCTION calls_check(text) RETURNS boolean LANGUAGE plpgsql VOLATILE
        AS $$ BEGIN PERFORM calls_touch(); RETURN true; END $$;
    CREATE DOMAIN calls_email AS text CHECK (calls_check(VALUE));
    CREATE TYPE calls_pair AS (a int, b calls_email);
    CREATE FUNCTION calls_takes(calls_email) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
"""
OPERATOR = """
    CREATE FUNCTION calls_op(int, int) RETURNS boolean LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN calls_touch() > 0; END $$;
    CREATE OPERATOR ==> (FUNCTION = calls_op, LEFTARG = int, RIGHTARG = int);
"""


@pytest.fixture
def books(db: None) -> None:
    run(SCHEMA)


def run(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def note(sql: str, params: Any = None) -> str:
    """Why it was only planned; no lock is taken, whatever was decided."""
    try:
        explained = explain_in_place(connection, sql, params, observed_ms=1, budget_ms=5000)
    except ExplainRefusedError as refused:
        told = str(refused)
    else:
        told = explained.note
        assert explained.is_analyzed is not bool(told)
    assert run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711") == [(0,)]
    return told


@pytest.mark.parametrize(
    ("sql", "called"),
    [
        ("SELECT a FROM (VALUES (calls_touch(), 1), (2, 3)) AS v(a, b)", "calls_touch"),
        ("SELECT a FROM (VALUES (1, 'x'), (calls_touch(2), 'y')) AS v(a, b)", "calls_touch"),
        ("SELECT id IN (1, calls_touch(), 3) FROM calls_book", "calls_touch"),
        ("SELECT v.a FROM calls_book b, LATERAL (VALUES (b.calls_of), (1)) AS v(a)", "calls_of"),
        ("SELECT b.calls_of FROM calls_book b", "calls_of"),
        ("SELECT sum(id) OVER (ORDER BY id ROWS calls_touch() PRECEDING) FROM calls_book", "calls_touch"),
        ("SELECT * FROM calls_values", "calls_touch"),
        ("SELECT * FROM calls_limit", "calls_touch"),
        ("SELECT count(*) FROM calls_outer", "calls_touch"),
        ("SELECT calls_hidden()", "calls_touch"),
        ("SELECT id FROM calls_book OFFSET calls_deeper()", "calls_touch"),
        ("SELECT id FROM calls_book LIMIT calls_atomic()", "calls_touch"),
        ("SELECT calls_dynamic()", "makes statements"),
        ("SELECT id FROM calls_book LIMIT calls_default(1)", "calls_touch"),
        ("SELECT id FROM calls_book LIMIT first(5)", "first"),
        ('SELECT id FROM calls_book LIMIT "a""now"()', 'a"now'),
        ("WITH calls_touch(a) AS (SELECT 1) SELECT a FROM calls_touch LIMIT calls_touch()", "calls_touch"),
        ("SELECT calls_sum(id) FROM calls_book", "calls_touch"),
        ("SELECT title::calls_email FROM calls_book", "calls_check"),
        ("SELECT CAST(title AS public.calls_email) FROM calls_book", "calls_check"),
        ("SELECT ROW(id, title)::calls_pair FROM calls_book", "calls_check"),
        ("SELECT calls_takes(title) FROM calls_book", "calls_check"),
        ("SELECT ARRAY[title]::calls_email[] FROM calls_book", "calls_check"),
        ("SELECT (jsonb_populate_record(NULL::calls_pair, '{\"b\": 1}')).b", "calls_check"),
        ("SELECT table_to_xml('calls_limit'::regclass, false, false, '')", "table_to_xml"),
        ("SELECT query_to_xml('SELECT calls_touch()', false, false, '')", "query_to_xml"),
        ("SELECT txid_current()", "txid_current"),
        ("SELECT U&'\\0061', id FROM calls_book LIMIT calls_touch()", "calls_touch"),
    ],
)
def test_what_may_change_something_is_found_wherever_it_is_called(books: None, sql: str, called: str):
    assert called in note(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT random(), gen_random_uuid(), clock_timestamp() FROM calls_book ORDER BY random()",
        "SELECT calls_plain(id), calls_seen(id) FROM calls_book",
        "SELECT b.calls_title, b.title FROM calls_book b",
        "SELECT * FROM calls_fine WHERE title > 'A'",
        "SELECT a FROM (VALUES (calls_plain(1), 'x'), (2, 'y')) AS v(a, b)",
        "SELECT left(title, 3), GROUPING(title), (ARRAY[1])[1] FROM calls_book GROUP BY title",
        "WITH x(a, B) AS (SELECT 1, 2) SELECT sum(a) FROM x",
        "SELECT json_object_agg(id, title) IS NOT NULL FROM calls_book",
        "SELECT 'calls_touch()', $$calls_touch()$$ /* calls_touch() */ FROM calls_book -- calls_touch()",
        "SELECT calls_touch.id FROM calls_book AS calls_touch",
        "SELECT rank, id AS first FROM calls_book ORDER BY rank",
        "SELECT * FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid LIMIT 1",
    ],
)
def test_what_only_reads_is_analyzed(books: None, sql: str):
    assert note(sql) == ""


def test_constructors_of_json_are_grammar_where_the_server_knows_them(books: None):
    is_known = connection.pg_version >= 160000
    refused = "Not explained: PostgreSQL refused it (42883)."
    assert note("SELECT json_array(1) IS NOT NULL FROM calls_book") == ("" if is_known else refused)


def test_an_operator_counts_where_it_is_used(books: None):
    run(OPERATOR)
    assert "calls_touch" in note("SELECT * FROM calls_book WHERE id ==> 3")
    assert "calls_touch" in note("SELECT id FROM calls_book LIMIT (1 OPERATOR(public.==>) 2)::int")
    assert note("SELECT * FROM calls_book WHERE id >= 3") == ""


def test_a_cast_of_the_database_counts_everywhere_since_nothing_shows_it(books: None):
    run("""
        CREATE TYPE calls_kind AS ENUM ('a');
        CREATE FUNCTION calls_cast(calls_kind) RETURNS int LANGUAGE sql VOLATILE
            AS $$ SELECT calls_touch() $$;
        CREATE CAST (calls_kind AS int) WITH FUNCTION calls_cast(calls_kind) AS IMPLICIT;
    """)
    assert "calls_cast" in note("SELECT id FROM calls_book WHERE 'a'::calls_kind + id > 3")


def test_a_namesake_of_something_harmless_is_not_harmless(books: None):
    run("CREATE FUNCTION random(text) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT calls_touch() $$")
    assert "random()" in note("SELECT id FROM calls_book LIMIT random('x')")


def test_a_row_policy_is_followed(books: None):
    run("""
        CREATE ROLE calls_reader;
        GRANT SELECT ON calls_book TO calls_reader;
        ALTER TABLE calls_book ENABLE ROW LEVEL SECURITY;
        CREATE POLICY calls_mine ON calls_book
            USING (id IN (SELECT i FROM generate_series(1, 9) i LIMIT calls_touch()));
        SET LOCAL ROLE calls_reader;
    """)
    assert "calls_touch" in note("SELECT * FROM calls_book")


def test_a_foreign_table_is_only_planned():
    plan = [{"Plan": {"Node Type": "Append", "Plans": [{"Node Type": "Foreign Scan"}]}}]
    assert "another server" in judge_plan(plan).reason


def test_the_scan_of_an_extension_is_only_planned():
    plan = [{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Custom Scan"}]}}]
    assert "an extension's scan" in judge_plan(plan).reason
    assert judge_plan([{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "CTE Scan"}]}}]).may_analyze


def test_what_runs_a_query_made_of_its_arguments_is_only_planned(books: None):
    run("CREATE FUNCTION xpath_table(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1 $$")
    assert "depends on what it is given" in note("SELECT xpath_table('calls_limit')")
    assert note("SELECT title AS xpath_table FROM calls_book") == ""


def test_a_table_with_odd_names_can_be_read(books: None):
    run('CREATE TABLE "calls it\'s ""odd" ("a b" int, "f(" int)')
    assert note('SELECT "x\'""y"."a b", "f(" FROM "calls it\'s ""odd" AS "x\'""y"') == ""


def test_calls_that_go_too_deep_are_not_followed_to_the_end(books: None):
    for number in range(20):
        inner = f"calls_down{number - 1}()" if number else "1"
        run(f"CREATE FUNCTION calls_down{number}() RETURNS int STABLE LANGUAGE sql AS $$ SELECT {inner} $$")
    assert "more than can be followed" in note("SELECT id FROM calls_book LIMIT calls_down19()")
    assert note("SELECT id FROM calls_book LIMIT calls_down5()") == ""


def test_functions_that_call_each_other_end(books: None):
    run("""
        CREATE FUNCTION calls_b(int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
        CREATE FUNCTION calls_a(int) RETURNS int STABLE LANGUAGE plpgsql
            AS $$ BEGIN RETURN CASE WHEN $1 > 1 THEN calls_b($1) ELSE 1 END; END $$;
        CREATE OR REPLACE FUNCTION calls_b(int) RETURNS int STABLE LANGUAGE plpgsql
            AS $$ BEGIN RETURN CASE WHEN $1 < 0 THEN calls_a($1) ELSE 1 END; END $$;
    """)
    assert note("SELECT calls_a(id) FROM calls_book") == ""


def test_a_function_that_nobody_knows_is_told():
    class Cursor:
        def execute(self, *_: Any) -> None: ...

        def fetchall(self) -> list[Any]:
            return []

    calls = Calls(cursor=Cursor())
    calls.follow(judge("SELECT nothing(1)").texts, judge("SELECT nothing(1)").functions)
    assert calls.objection == "nothing() is not known"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM calls_book LIMIT calls_deeper()",
        "SELECT id FROM calls_book WHERE rank > calls_hidden()",
        "SELECT id, calls_touch() FROM calls_book WHERE rank > calls_atomic()",
        "UPDATE calls_book SET rank = 1 WHERE rank > calls_deeper()",
        "DELETE FROM calls_book WHERE rank > calls_hidden()",
    ],
)
def test_what_planning_itself_would_run_is_not_even_planned(books: None, sql: str):
    assert note(sql).startswith("Not explained: calls_")
    assert "isn't declared volatile, but calls_touch() may change something" in note(sql)


def test_it_costs_a_few_milliseconds(books: None):
    sql = "SELECT id, upper(title), count(*) FROM calls_book WHERE title LIKE 'a' GROUP BY 1, 2"
    with connection.connection.cursor() as cursor:
        cursor.execute("EXPLAIN (VERBOSE, FORMAT JSON) " + sql)
        document = cursor.fetchone()[0]
        took = []
        for _ in range(5):
            started = time.perf_counter()
            calls = Calls(cursor=cursor)
            for permission in (judge(sql), judge_plan(document)):
                calls.follow(permission.texts, permission.functions)
            took.append(time.perf_counter() - started)
    assert calls.objection == ""
    assert min(took) < 0.05
