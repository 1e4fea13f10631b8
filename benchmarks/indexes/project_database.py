"""The database of the index cases: where it is, how it is filled, and that it is kept for the next run."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATA = ROOT / ".data" / "indexes"
PREPARE = HERE / "project" / "hub" / "prepare.sql"  # the functions that all sets load with
EXTENSIONS = ("citext", "ltree")  # columns are of their types
# For what only an index or a query needs: pg_trgm's and fuzzystrmatch's functions are called by cases.
OPTIONAL = ("pg_trgm", "fuzzystrmatch", "unaccent", "vector")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSet:
    """Cases of one hand: a folder with a project and its answers, and a database."""

    folder: Path
    database: str

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def answers(self) -> Path:
        return self.folder / "answers"

    @property
    def reference(self) -> Path:
        return self.folder / "reference.json"

    @property
    def results(self) -> Path:
        return ROOT / ".data" / self.database.removeprefix("queryscope_")


FIRST = CaseSet(folder=HERE, database="queryscope_indexcases")
SETS = {"first": FIRST} | {
    path.parent.name: CaseSet(folder=path.parent, database=f"{FIRST.database}_{path.parent.name}")
    for path in sorted(HERE.glob("*/answers"))
}


def set_up(*, preloaded: str = "", of: CaseSet = FIRST) -> None:
    """Find or start a server, and let Django know the project."""
    sys.path.append(str(ROOT / "sample_project"))
    import postgres

    if preloaded and not os.environ.get("DATABASE_URL"):
        _configure(preloaded)
    os.environ["DATABASE_URL"] = postgres.ensure(DATA)
    os.environ.setdefault("INDEXCASES_DATABASE", of.database)
    set_up_django(of)


def _configure(library: str) -> None:
    """Let the own server load a library from its next start on, which is now if nobody else uses it."""
    import psycopg

    from embedded_server import Server

    server = Server(DATA)
    with psycopg.connect(server.join(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET shared_preload_libraries = '{library}'")
    server.leave()


def set_up_django(of: CaseSet = FIRST) -> None:
    """Without a server: whatever DATABASE_URL says."""
    import django

    if str(of.project) not in sys.path:
        sys.path.insert(0, str(of.project))
    os.environ["DJANGO_SETTINGS_MODULE"] = "hub.settings"
    django.setup()


def load(scale: float = 1.0) -> None:
    """Make the database anew and fill it; `scale` 1 are the sizes that the cases are about."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    begun = time.monotonic()
    name = connection.settings_dict["NAME"]
    connection.close()
    administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    has_vector = add_extensions()
    call_command("migrate", run_syncdb=True, verbosity=0)
    run_file(PREPARE, scale)
    for app in settings.OWN_APPS:
        run_file(settings.BASE_DIR / app / "load.sql", scale)
        print(f"{app}: {time.monotonic() - begun:.0f} s", flush=True)
    if has_vector:
        for path in sorted(settings.BASE_DIR.glob("*/load_vector.sql")):
            run_file(path, scale)
    named = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA loading CASCADE")
        for table in sorted(set(connection.introspection.table_names(cursor))):
            is_own = table in named or table.partition("_")[0] in apps.app_configs
            if is_own and not is_partitioned(table):
                cursor.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = off)')
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    print(f"loaded and vacuumed: {time.monotonic() - begun:.0f} s")


def is_partitioned(table: str) -> bool:
    """The parent of partitions takes no storage parameters."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def add_extensions() -> bool:
    """Whether the server has vectors."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_available_extensions")
        available = {name for (name,) in cursor.fetchall()}
        for one in [*EXTENSIONS, *(one for one in OPTIONAL if one in available)]:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {one}")
    return "vector" in available


def run_file(path: Path, scale: float) -> None:
    """Numbers in braces are sizes, and are scaled; foreign keys are right as they are made: not checked."""
    from django.db import connection

    text = re.sub(
        r"\{(\d+)\}", lambda found: str(max(40, int(int(found[1]) * scale))), path.read_text("utf-8")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'"
        )
        cursor.execute(text)
        cursor.execute("RESET session_replication_role; RESET work_mem; RESET maintenance_work_mem")


def administer(*statements: str) -> None:
    """Run statements on the database that is always there."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load with a scale."""
    set_up()
    load(*(float(one) for one in (arguments if arguments is not None else sys.argv[1:])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
