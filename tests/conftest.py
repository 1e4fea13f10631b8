"""What all tests share: their databases, patience, and a word on tests whose program is missing."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from asgiref.sync import SyncToAsync
from django.db import DatabaseError, connections
from django.test.utils import setup_databases, teardown_databases

from tests.database import hypopg, pgbouncer
from tests.shops import Shop

# Two cores shared with a database: a slow example is no failure.
hypothesis.settings.register_profile("queryscope", deadline=None)
hypothesis.settings.load_profile("queryscope")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HAS_BROWSER = CHROMIUM is not None and find_spec("playwright") is not None
# Django 6.0 brought its tasks: of the two corners (see noxfile.py), the second one tests them.
collect_ignore = [] if django.VERSION >= (6, 0) else ["test_django_tasks.py"]
LEFT_OUT = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Test databases for every alias; pytest-django makes those only that marked tests ask for.

    A test that commits is not marked: alone it would write into the very database of DATABASE_URL.
    """
    keepdb = django_db_keepdb and not django_db_createdb
    with django_db_blocker.unblock():
        made = setup_databases(0, interactive=False, keepdb=keepdb, serialized_aliases=())
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            # The thread in which asynchronous tests run their queries outlives them, with its session.
            SyncToAsync.single_thread_executor.submit(connections.close_all).result()
            connections.close_all()  # a mirror's session stands beside that of its database
            try:
                teardown_databases(made, 0)
            except DatabaseError as error:  # a session that a test left behind
                warnings.warn(f"A test database was not removed: {error}", stacklevel=1)


@pytest.fixture
def shop(tmp_path: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[Shop]:
    """A project whose files may be written, on a database of its own."""
    with django_db_blocker.unblock():
        default = connections["default"]
        name = f"{default.settings_dict['NAME']}_shop"
        with default._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
        keys = ("ENGINE", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        database = {key: default.settings_dict[key] for key in keys} | {"NAME": name}
        yield Shop(tmp_path / "project", database).make()
        with default._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser that tests marked `browser` start."""
    assert CHROMIUM is not None, "This test needs Chromium on PATH."
    return CHROMIUM


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers take whole modules, and one of them the demo, which so runs once.

    `--dist loadgroup` would do the same, but xdist 3.8 loses its groups on pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return "tests/demo" if module.startswith("tests/demo/") else module

    return ByModule(config, log)


def _missing() -> dict[str, str]:
    """Why the tests of a marker can't run here, unless they are required."""
    found = {}
    if not HAS_BROWSER and not os.environ.get("QUERYSCOPE_REQUIRE_BROWSER"):
        found["browser"] = "playwright is not installed" if CHROMIUM else "no Chromium on PATH"
    if pgbouncer.find() is None and not pgbouncer.is_required():
        found["pgbouncer"] = "no PgBouncer here"
    if hypopg.find() is None and not pgbouncer.is_required():
        found["hypopg"] = "no PostgreSQL with HypoPG here"
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests out whose program is missing."""
    counts = config.stash.setdefault(LEFT_OUT, {})
    for marker, reason in _missing().items():
        left_out = [item for item in items if item.get_closest_marker(marker)]
        if left_out:
            counts[marker] = f"{len(left_out)} {marker} tests were NOT run: {reason}."
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out: silence would look like a pass."""
    for told in config.stash.get(LEFT_OUT, {}).values():
        terminalreporter.write_line(told, yellow=True)
