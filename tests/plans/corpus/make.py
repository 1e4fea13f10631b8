"""Makes the corpus with real servers: `python -m tests.plans.corpus.make 15=/usr/lib/postgresql/15/bin …`.

For each server: a throw-away cluster, `schema.sql`, then every statement of `manifest.toml` in a transaction
of its own that is rolled back. With names after `--`, only those are made anew.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader

from tests.plans.corpus.server import ThrowAway, started

FOLDER = Path(__file__).parent
OPTIONS = "ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL, SUMMARY, FORMAT JSON"
VACUUM = "VACUUM (ANALYZE, FREEZE);"


def make(version: str, server: ThrowAway, cases: dict[str, dict[str, Any]]) -> None:
    """All files of one server."""
    with server.connect("postgres") as connection:
        connection.execute("CREATE DATABASE shop")
    with server.connect() as connection:
        before, vacuum, after = (FOLDER / "schema.sql").read_text(encoding="utf-8").partition(VACUUM)
        for statement in (before, vacuum, after):  # VACUUM can't stand beside others
            connection.execute(statement)
        add_loopback(connection, server)
    target = FOLDER / f"pg{version}"
    target.mkdir(exist_ok=True)
    for name, case in cases.items():
        if int(version) in case.get("servers", (15, 18)):
            try:
                text = explained(server, case, int(version))
            except psycopg.Error as error:
                sys.stderr.write(f"{name}: {error}\n")
                continue
            (target / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def add_loopback(connection: psycopg.Connection[Any], server: ThrowAway) -> None:
    """A foreign server that is this one, with two tables of it."""
    options = f"host '{server.folder}', dbname 'shop', async_capable 'true'"
    connection.execute(f"CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({options})")
    connection.execute("CREATE USER MAPPING FOR corpus SERVER loopback OPTIONS (user 'corpus')")
    connection.execute("CREATE SCHEMA far")
    connection.execute(
        "IMPORT FOREIGN SCHEMA public LIMIT TO (author, publisher) FROM SERVER loopback INTO far"
    )


def explained(server: ThrowAway, case: dict[str, Any], version: int) -> str:
    """The document of one statement."""
    options = ", ".join(filter(None, [case.get("options", OPTIONS), case.get("more")]))
    if case.get("is_cold"):
        server.restart()
    with server.connect() as connection:
        connection.adapters.register_loader("json", TextLoader)
        for statement in case.get("committed", ()):
            connection.execute(statement)
        with connection.transaction(force_rollback=True):
            for name, value in case.get("set", {}).items():
                connection.execute(sql.SQL("SELECT set_config({}, {}, true)").format(name, value))
            for statement in case.get("before", ()):
                connection.execute(statement)
            if is_warmed(case):
                with connection.transaction(force_rollback=True):
                    connection.execute(case["sql"])
            row = connection.execute(f"EXPLAIN ({options}) {case['sql']}").fetchone()
        for statement in case.get("after", ()):
            connection.execute(statement)
    assert row is not None
    return str(row[0])


def is_warmed(case: dict[str, Any]) -> bool:
    """Whether the statement is run once before it is explained; what writes is not."""
    reads = case["sql"].lstrip("( ").startswith(("SELECT", "WITH"))
    return reads and not case.get("is_cold") and not case.get("is_first")


def main(arguments: list[str]) -> None:
    cases = tomllib.loads((FOLDER / "manifest.toml").read_text(encoding="utf-8"))
    if "--" in arguments:
        wanted = arguments[arguments.index("--") + 1 :]
        arguments = arguments[: arguments.index("--")]
        cases = {name: cases[name] for name in wanted}
    for argument in arguments:
        version, _, binaries = argument.partition("=")
        with started(Path(binaries)) as server:
            make(version, server, cases)


if __name__ == "__main__":
    main(sys.argv[1:])
