"""The project of one seed: an application in a folder of its own, its database, and queries worth a case."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, invalidate_caches, reload
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import random_queries
from random_joins import JoinMaker
from random_queries import Maker, Query
from random_schema import Column, Table, filling, make_tables, models_source
from random_shapes import MoreMaker

ATTEMPTS = 20  # for each query
WORTH_BLOCKS = 400  # less is read in two milliseconds: no case
MOST_ROWS = 20_000  # of a list: instances of so many take seconds
MOST_WRITTEN = 300  # by an UPDATE or DELETE: each run leaves as many dead rows
# Seeds before these make the queries that they made before there were more shapes.
MAKERS = ((501, JoinMaker), (401, MoreMaker), (0, Maker))


def set_up(seed: int, results: Path) -> tuple[tuple[Table, ...], Path]:
    """Write the models, make an empty database, and let Django know both."""
    import django
    from django.conf import settings

    app, folder = f"random{seed}", results / str(seed)
    tables = make_tables(Random(seed), app)
    (folder / app).mkdir(parents=True, exist_ok=True)
    for name, text in (("__init__.py", ""), ("models.py", models_source(tables)), ("pages.py", "")):
        (folder / app / name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    settings.configure(
        SECRET_KEY="random-cases-only",
        USE_TZ=True,
        TIME_ZONE="UTC",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.postgres", app],
        DATABASES={"default": _database(app)},
        QUERYSCOPE={"ROOT": str(folder)},
    )
    django.setup()
    return tables, folder / app


def _database(app: str) -> dict[str, Any]:
    url = urlsplit(os.environ["DATABASE_URL"])
    options = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": f"queryscope_{app}",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": options.pop("port", str(url.port or "")),
        "OPTIONS": options,
    }


def load(tables: tuple[Table, ...], seed: int) -> None:
    """Make the database and fill it."""
    from django.apps import apps
    from django.db import connection

    drop()
    _administer(f'CREATE DATABASE "{connection.settings_dict["NAME"]}"')
    with connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(apps.get_model(table.app, table.model))
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for number, table in enumerate(tables):
            for statement in filling(table, seed * 7 + number):
                cursor.execute(statement)
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def drop() -> None:
    """The database of this seed."""
    from django.db import connection

    connection.close()
    _administer(f'DROP DATABASE IF EXISTS "{connection.settings_dict["NAME"]}" WITH (FORCE)')


def _administer(statement: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)


def queries(tables: tuple[Table, ...], seed: int, folder: Path, *, count: int) -> Iterator[Query]:
    """Those that take long enough, all in one module."""
    chance, app = Random(seed + 0.5), folder.name
    models = ", ".join(sorted(one.model for one in tables))
    text, found = random_queries.HEADER.format(app=app, models=models), 0
    pages = import_module(f"{app}.pages")
    maker = next(one for first, one in MAKERS if seed >= first)
    for _ in range(ATTEMPTS * count):
        query = maker(chance, tables, _sample, f"query_{found + 1}").make()
        (folder / "pages.py").write_text(text + query.source, encoding="utf-8")
        invalidate_caches()
        for cached in (folder / "__pycache__").glob("pages.*"):
            cached.unlink()
        if not _is_worth(query, reload(pages)):
            continue
        text, found = text + query.source, found + 1
        yield query
        if found == count:
            break


def _is_worth(query: Query, pages: Any) -> bool:
    """It reads much and gives no tens of thousands of objects."""
    import timing

    rows = 0

    def page() -> None:
        nonlocal rows
        told = getattr(pages, query.name)(*query.arguments)
        if query.writes:
            rows = told[0] if isinstance(told, tuple) else told
        else:
            rows = len(told) if isinstance(told, list) else 1

    if query.writes and _expected(page) > 10 * MOST_WRITTEN:
        return False
    statements = timing.queries_of(page)
    most = MOST_WRITTEN if query.writes else MOST_ROWS
    return rows <= most and sum(_blocks(one) for one in statements) >= WORTH_BLOCKS


class _FoundError(Exception):
    """The first statement of a page, which is not run."""


def _expected(page: Callable[[], None]) -> float:
    """How many rows the planner thinks that a write finds."""
    import timing
    from django.db import connection

    def stop(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if timing.FINDS_ROWS.match(sql):
            raise _FoundError(sql, params)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(stop):
            page()
    except _FoundError as found:
        node = timing.explain(*found.args, is_run=False)["Plan"]
        while node["Plan Rows"] == 0 and node.get("Plans"):  # an UPDATE or DELETE gives none
            node = node["Plans"][0]
        return float(node["Plan Rows"])
    return 0.0


def clean() -> None:
    """What writes that were rolled back left behind."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")


def _blocks(statement: tuple[str, Any]) -> int:
    """Unlike the time they are the same on a busy machine, and so are the cases then."""
    import timing

    root = timing.explain(*statement)["Plan"]
    return int(root["Shared Hit Blocks"] + root["Shared Read Blocks"])


def _sample(table: Table, column: Column, share: float) -> object:
    """The value at a share of the order of a column's values."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT percentile_disc(%s) WITHIN GROUP (ORDER BY "{column.column}") FROM "{table.table}"',
            [share],
        )
        return cursor.fetchone()[0]
