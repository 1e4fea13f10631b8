"""The database of the accuracy set: made and filled at first use, kept for the next run."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib import import_module
from pathlib import Path

from situation import PROJECT

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATABASES = {
    "project": "queryscope_accuracy",
    "heldout": "queryscope_accuracy_heldout",
    "third": "queryscope_accuracy_third",
    "fourth": "queryscope_accuracy_fourth",
}
SEEDS = {
    "project": "data",
    "heldout": "stock",
    "third": "harvest",
    "fourth": "reserve",
}  # the modules that fill them


def set_up_django() -> None:
    """Let Django know the project's models; without a database."""
    import django

    sys.path.insert(0, str(PROJECT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "office.settings"
    django.setup()


def set_up(*, fresh: bool = False) -> None:
    """Start or join a server, set Django up, and fill the database unless these very rows are there."""
    sys.path.append(str(ROOT / "sample_project"))
    import django

    import postgres

    corner = "python{}.{}-django{}.{}".format(*sys.version_info[:2], *django.VERSION[:2])
    os.environ["DATABASE_URL"] = postgres.ensure(ROOT / ".data" / f"accuracy-{corner}")
    name = os.environ.setdefault("ACCURACY_DATABASE", DATABASES[PROJECT.name])
    mark = _mark()
    is_filled = not fresh and _remark(name) == mark
    if not is_filled:
        _make(name)
    set_up_django()
    if not is_filled:
        _fill()
        _administer(f"COMMENT ON DATABASE \"{name}\" IS '{mark}'")


def _mark() -> str:
    """A hash of what decides the rows."""
    import django

    text = django.get_version()
    fillers = [*sorted(HERE.glob("data*.py")), PROJECT / f"{SEEDS[PROJECT.name]}.py"]
    for path in [*(one for one in fillers if one.exists()), *sorted(PROJECT.glob("*/models.py"))]:
        text += path.read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _administer(*statements: str, ask: str = "") -> str:
    """Run statements outside of Django, on the database that is always there; answer with one value."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        row = connection.execute(ask).fetchone() if ask else None
    return str(row[0]) if row else ""


def _remark(name: str) -> str:
    return _administer(
        ask=f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    )


def _make(name: str) -> None:
    _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')


def _fill() -> None:
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    import_module(SEEDS[PROJECT.name]).seed()
