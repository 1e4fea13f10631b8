"""A database full of things that must not run twice, and the checksum that tells whether one did.

A transaction that is read only stops most writers by itself. Every tripwire here takes an advisory lock too, which
neither READ ONLY nor ROLLBACK undoes: so the checksum tells what was run, not only what got through.
"""

# ruff: noqa: E501 - SQL, one statement a line
from __future__ import annotations

from typing import Any

ROLE = "fuzz_reader"

SCHEMA = f"""
CREATE TABLE fuzz_book (id int PRIMARY KEY, title text, stars int, author_id int, data jsonb, tags text[]);
CREATE TABLE fuzz_author (id int PRIMARY KEY, name text);
CREATE TABLE fuzz_log (id serial PRIMARY KEY, what text DEFAULT 'x');
CREATE TABLE fuzz_secret (id int, owner text);
CREATE SEQUENCE fuzz_counter;
INSERT INTO fuzz_author SELECT i, 'Author ' || i FROM generate_series(1, 10) i;
INSERT INTO fuzz_book SELECT i, 'Title ' || i, i % 5, i % 10 + 1, '{{"k": 1}}', ARRAY['a', 'b']
    FROM generate_series(1, 60) i;
INSERT INTO fuzz_secret SELECT i, 'me' FROM generate_series(1, 5) i;
CREATE FUNCTION fuzz_touch() RETURNS int LANGUAGE plpgsql VOLATILE AS $$
    BEGIN PERFORM pg_advisory_lock(4711); PERFORM nextval('fuzz_counter');
          INSERT INTO fuzz_log (what) VALUES ('touch'); RETURN 1; END $$;
CREATE FUNCTION fuzz_touch(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() + $1 $$;
CREATE FUNCTION fuzz_touch_rows() RETURNS SETOF int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() $$;
CREATE FUNCTION fuzz_is(int) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() > 0 $$;
CREATE FUNCTION fuzz_of(fuzz_book) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() $$;
CREATE FUNCTION fuzz_liar() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN fuzz_touch(); END $$;
CREATE FUNCTION fuzz_deep_liar(int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT fuzz_liar() + $1 $$;
CREATE FUNCTION fuzz_atomic() RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT fuzz_touch(); END;
CREATE FUNCTION fuzz_double(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 * 2 $$;
CREATE FUNCTION fuzz_triple(int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN $1 * 3; END $$;
CREATE FUNCTION fuzz_default(a int, b int DEFAULT fuzz_touch()) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT a $$;
CREATE FUNCTION first(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() $$;
CREATE FUNCTION now(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() $$;
CREATE FUNCTION "Fuzz ""touch"(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() $$;
CREATE FUNCTION fuzz_step(int, int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() $$;
CREATE AGGREGATE fuzz_sum(int) (SFUNC = fuzz_step, STYPE = int, INITCOND = '0');
CREATE FUNCTION fuzz_op(int, int) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() > 0 $$;
CREATE OPERATOR ==> (FUNCTION = fuzz_op, LEFTARG = int, RIGHTARG = int);
CREATE FUNCTION fuzz_stable_op(int, int) RETURNS boolean LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN fuzz_touch() > 0; END $$;
CREATE OPERATOR <== (FUNCTION = fuzz_stable_op, LEFTARG = int, RIGHTARG = int);
CREATE FUNCTION fuzz_check(text) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT fuzz_touch() > 0 $$;
CREATE DOMAIN fuzz_email AS text CHECK (fuzz_check(VALUE));
CREATE DOMAIN fuzz_short AS text CHECK (length(VALUE) < 400);
CREATE TYPE fuzz_pair AS (a int, b fuzz_email);
CREATE VIEW fuzz_fine AS SELECT id, upper(title) AS title, stars FROM fuzz_book;
CREATE VIEW fuzz_view AS SELECT id, fuzz_touch() AS stars, title FROM fuzz_book;
CREATE VIEW fuzz_values AS SELECT a AS id, b AS title, 1 AS stars FROM (VALUES (fuzz_touch(), 'x'), (2, 'y')) v(a, b);
CREATE VIEW fuzz_limit AS SELECT id, title, stars FROM fuzz_book LIMIT fuzz_touch();
CREATE VIEW fuzz_outer AS SELECT * FROM fuzz_limit;
CREATE VIEW fuzz_next AS SELECT nextval('fuzz_counter') AS id, 'x'::text AS title, 1 AS stars;
CREATE FUNCTION fuzz_log_it() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM fuzz_touch(); RETURN NEW; END $$;
CREATE TRIGGER fuzz_trigger BEFORE INSERT OR UPDATE ON fuzz_book FOR EACH ROW EXECUTE FUNCTION fuzz_log_it();
CREATE PROCEDURE fuzz_do() LANGUAGE sql AS $$ SELECT fuzz_touch() $$;
CREATE ROLE {ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE};
GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {ROLE};
ALTER TABLE fuzz_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY fuzz_mine ON fuzz_secret USING (id IN (SELECT i FROM generate_series(1, 3) i LIMIT fuzz_touch()));
ANALYZE;
"""
DROP = f"""
DROP VIEW IF EXISTS fuzz_fine, fuzz_view, fuzz_values, fuzz_outer, fuzz_limit, fuzz_next CASCADE;
DROP TABLE IF EXISTS fuzz_book, fuzz_author, fuzz_log, fuzz_secret CASCADE;
DROP OPERATOR IF EXISTS ==> (int, int), <== (int, int);
DROP AGGREGATE IF EXISTS fuzz_sum(int);
DROP TYPE IF EXISTS fuzz_pair;
DROP DOMAIN IF EXISTS fuzz_email, fuzz_short;
DROP SEQUENCE IF EXISTS fuzz_counter;
DROP PROCEDURE IF EXISTS fuzz_do();
DROP FUNCTION IF EXISTS fuzz_touch(), fuzz_touch(int), fuzz_touch_rows(), fuzz_is(int), fuzz_liar(),
    fuzz_deep_liar(int), fuzz_atomic(), fuzz_double(int), fuzz_triple(int), fuzz_default(int, int), first(int),
    now(int), "Fuzz ""touch"(int), fuzz_step(int, int), fuzz_op(int, int), fuzz_stable_op(int, int),
    fuzz_check(text), fuzz_log_it();
DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}')
    THEN DROP OWNED BY {ROLE}; DROP ROLE {ROLE}; END IF; END $$;
"""

CHECKSUM = """
SELECT (SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM fuzz_book t),
       (SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM fuzz_author t),
       (SELECT count(*) FROM fuzz_log), (SELECT count(*) FROM fuzz_secret),
       (SELECT (last_value, is_called)::text FROM fuzz_counter),
       (SELECT (last_value, is_called)::text FROM fuzz_log_id_seq),
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
       (SELECT md5(string_agg(relname || relkind::text, '|' ORDER BY oid)) FROM pg_class
        WHERE relnamespace <> 'pg_toast'::regnamespace AND relpersistence <> 't'),
       (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_largeobject_metadata),
       (SELECT count(*) FROM pg_roles), (SELECT count(*) FROM pg_trigger),
       (SELECT sum(n_tup_ins)::text || '/' || sum(n_tup_upd) || '/' || sum(n_tup_del)
        FROM pg_stat_user_tables WHERE relname LIKE 'fuzz%'),
       (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
       (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_prepared_xacts)
"""
# What belongs to a session, in place.
SESSION = """
SELECT current_setting('work_mem'), current_setting('search_path'), current_setting('transaction_read_only'),
       current_setting('statement_timeout'), current_setting('lock_timeout'), current_user,
       (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors),
       (SELECT count(*) FROM pg_listening_channels()), current_setting('fuzz.mark', true)
"""


def checksum(cursor: Any) -> tuple[Any, ...]:
    """The state of the database, as another session sees it."""
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(CHECKSUM)
    return tuple(cursor.fetchone())


def session(cursor: Any) -> tuple[Any, ...]:
    """The state of the session that statements are explained in."""
    cursor.execute(SESSION)
    return tuple(cursor.fetchone())
