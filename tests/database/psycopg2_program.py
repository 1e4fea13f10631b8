"""A program of its own, with psycopg2 in place of psycopg 3: Django prefers the newer one."""

from __future__ import annotations

import json
import sys
from typing import Any

SCHEMA = """
    CREATE TABLE two_book (id int PRIMARY KEY, title text, data jsonb);
    INSERT INTO two_book SELECT i, 'title ' || i, '{"k": 1}' FROM generate_series(1, 100) i;
    CREATE SEQUENCE two_counter;
"""


def told(how: Any, connection: Any, sql: str, params: Any = None) -> str:
    """What came of a statement, in words."""
    from queryscope.errors import ExplainRefusedError

    try:
        explained = how(connection, sql, params, observed_ms=1, budget_ms=5_000)
    except ExplainRefusedError as refused:
        return str(refused)
    root = json.loads(explained.document)[0]["Plan"]
    return explained.note or f"{root['Actual Rows']:g} rows"


def main() -> None:
    sys.modules["psycopg"] = None  # type: ignore[assignment]
    import django
    from django.conf import settings

    settings.configure(DATABASES={"default": json.loads(sys.argv[1])}, USE_TZ=True, TIME_ZONE="UTC")
    django.setup()
    from django.db import connection, transaction
    from psycopg2.extensions import AsIs

    from queryscope.database.explain import explain_apart, explain_in_place

    result = {"driver": connection.Database.__name__}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(SCHEMA)

        def look(sql: str, params: Any = None) -> str:
            return told(explain_in_place, connection, sql, params)

        result |= {
            "bound": look("SELECT * FROM two_book WHERE title LIKE %s AND id = ANY(%s)", ("title%", [1, 2])),
            "plain": look("SELECT * FROM two_book WHERE title LIKE 'title 1%'"),
            "json": look("SELECT * FROM two_book WHERE data @> %s::jsonb", ['{"k": 1}']),
            "update": look("UPDATE two_book SET id = id + 1000"),
            "as-is": look("SELECT %s FROM two_book", [AsIs("nextval('two_counter')")]),
            "second": look("SELECT 1; DELETE FROM two_book"),
            "second-as-is": look("SELECT %s", [AsIs("1; DELETE FROM two_book")]),
            "semicolon": look("SELECT * FROM two_book WHERE title = %s", ["a;b"]),
            "slow": look("SELECT count(*) FROM two_book a, two_book b, two_book c, two_book d, two_book e"),
        }
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), max(id), (SELECT is_called FROM two_counter) FROM two_book")
            result["after"] = list(cursor.fetchone())
            cursor.execute("SHOW transaction_read_only")
            result["read-only"] = cursor.fetchone()[0]
        result["state"] = connection.connection.info.transaction_status
        transaction.set_rollback(True)
    result["apart"] = told(explain_apart, connection, "SELECT * FROM generate_series(1, %s)", [7])
    result["autocommit"] = told(explain_in_place, connection, "SELECT * FROM generate_series(1, 3)")
    result["state-after"] = connection.connection.info.transaction_status
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
