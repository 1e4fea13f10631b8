"""Fills the database in one transaction: an interrupted seed leaves what was there before."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from psycopg import sql

from seeding.progress import Progress
from seeding.scales import Scale
from seeding.tables import Table, all_tables
from seeding.world import World

MARKED_TABLE = "orders_order"
READ_MARK = "SELECT obj_description(%s::regclass, 'pg_class')"
HAS_ROWS = "SELECT EXISTS (SELECT FROM orders_order) OR EXISTS (SELECT FROM catalog_product)"
# Without it the entries of a fresh GIN index wait in its pending list, and the planner shuns the index.
CLEAN_GIN_INDEXES = """
    SELECT gin_clean_pending_list(index.oid)
    FROM pg_class AS index
    JOIN pg_am ON pg_am.oid = index.relam
    WHERE index.relkind = 'i' AND pg_am.amname = 'gin' AND pg_get_userbyid(index.relowner) = current_user
"""
USER = "alice"  # the superuser that the seed makes; the password is the same word


def version() -> str:
    """Changes with the code of this package, so that data made by another version is made again."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def mark_of(scale: Scale) -> str:
    """The comment that a complete seed leaves on the orders table."""
    return f"sample data: {scale.name}, version {version()}"


def read_mark() -> str:
    """The mark of the data that is there, or an empty string."""
    with connection.cursor() as cursor:
        cursor.execute(READ_MARK, [MARKED_TABLE])
        return cursor.fetchone()[0] or ""


def has_rows() -> bool:
    """Whether seeding would delete something."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_ROWS)
        return bool(cursor.fetchone()[0])


def seed(scale: Scale, progress: Progress) -> None:
    """Replace all rows by those of `scale`, refresh the statistics, leave the mark."""
    world = World(scale)
    with transaction.atomic():
        tables = all_tables()
        _empty(tables)
        for table in tables:
            progress.finish(table.name, _fill(table, world, progress))
        _reset_sequences(tables)
        _make_user()
        _check_constraints()
        with connection.cursor() as cursor:
            _comment(mark_of(scale))
            progress.say("Refreshing statistics.")
            cursor.execute(CLEAN_GIN_INDEXES)
            cursor.execute(sql.SQL("ANALYZE {}").format(_names(tables)))


def clear() -> None:
    """Take all rows and the mark away."""
    with transaction.atomic():
        _empty(all_tables())
        get_user_model().objects.filter(username=USER).delete()


def _check_constraints() -> None:
    """Run the deferred checks now: PostgreSQL empties no table that has some pending."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _empty(tables: tuple[Table, ...]) -> None:
    _check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(_names(tables)))
    _comment(None)


def _fill(table: Table, world: World, progress: Progress) -> int:
    if table.copy_of is not None:
        return _copy_within(table, table.copy_of._meta.db_table)
    assert table.rows is not None
    return _copy(table, table.rows(world), world.scale, progress)


def _copy_within(table: Table, source: str) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY id").format(
                sql.Identifier(table.name), columns, columns, sql.Identifier(source)
            )
        )
        return int(cursor.rowcount)


def _copy(table: Table, rows: Iterator[tuple[object, ...]], scale: Scale, progress: Progress) -> int:
    # FREEZE: the table was emptied in this transaction, so its pages can be born all-visible.
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FREEZE)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    expected = getattr(scale, table.name.partition("_")[2], 0) or scale.orders
    done = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            done += 1
            if done % 1000 == 0:
                progress.advance(table.name, done, expected)
    return done


def _reset_sequences(tables: tuple[Table, ...]) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            key = table.model._meta.pk
            if key is not None and key.column and key.remote_field is None:
                cursor.execute(
                    sql.SQL("SELECT setval(pg_get_serial_sequence(%s, %s), max({})) FROM {}").format(
                        sql.Identifier(key.column), sql.Identifier(table.name)
                    ),
                    [table.name, key.column],
                )


def _make_user() -> None:
    users = get_user_model().objects
    if not users.filter(username=USER).exists():
        users.create_superuser(USER, f"{USER}@staff.example", USER)


def _comment(text: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.Identifier(MARKED_TABLE), sql.Literal(text))
        )


def _names(tables: tuple[Table, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
