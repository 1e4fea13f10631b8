"""Background tasks as units, with the real Celery."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from celery import signals
from celery.contrib.testing.worker import start_worker
from django.db import connection, connections
from django.test import Client
from django.urls import path

from queryscope import apps, live, tasks
from queryscope.analysis.shapes import query_count
from queryscope.capture import hooks
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.model import Capture, Origin
from queryscope.profiler import profile
from queryscope.suite import TestUnit
from queryscope.tasks import WatchedTasks
from queryscope.units import MOST_WAITING, Unit
from tests.capture.shop import add_products
from tests.doors import MIDDLEWARE, QUIET, Site, assert_nothing_is_left, forgiven_faults, site
from tests.pages import background
from tests.pages.background import again, app, brands, broken, outer

pytestmark = pytest.mark.django_db
urlpatterns = [path("page/", background.page)]


@pytest.fixture(autouse=True)
def _nothing_left() -> Any:
    # The sample project has queryscope installed: without DEBUG its watcher records nothing, but it stands.
    kept, tasks._watchers[:] = list(tasks._watchers), []
    live._sinks.clear()
    tasks._disconnect()
    yield
    assert_nothing_is_left()
    assert tasks._watchers == []
    assert tasks._units == {}
    assert receivers() == 0
    tasks._watchers[:] = kept
    tasks.connect()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    """A development server or worker: the tasks of this process are watched."""
    with site(tmp_path, ROOT_URLCONF=__name__) as found, WatchedTasks(apps.begin_task):
        yield found


def receivers() -> int:
    """How many of ours listen to Celery."""
    found = [*signals.task_prerun.receivers, *signals.task_postrun.receivers]
    return sum(key[0] == tasks.UID for key, _ in found)


def told(captures: list[Capture]) -> list[tuple[str, str, str, int]]:
    return [
        (each.trace.origin.kind, each.trace.origin.label, each.trace.origin.parent, query_count(each.trace))
        for each in captures
    ]


# Celery


def test_a_task_is_a_unit_by_its_name(pages: Site) -> None:
    add_products(3)
    assert brands.apply(kwargs={"secret": "zqzq-secret"}).get() == ["brand 0", "brand 1", "brand 2"]
    assert told(pages.captures) == [("task", "shop.tasks.brands", "", 4)]
    for file in pages.store.path.glob("*.json"):
        assert "zqzq" not in file.read_text()


def test_it_is_listened_to_while_somebody_watches() -> None:
    assert receivers() == 0
    with WatchedTasks(lambda name: None):
        assert receivers() == 2
        brands.apply()


def test_a_task_that_raises_ends_its_unit_and_fails_as_ever(pages: Site) -> None:
    result = broken.apply()
    assert result.state == "FAILURE"
    assert isinstance(result.result, ValueError)
    with pytest.raises(ValueError, match="zqzq-secret"):
        broken.apply(throw=True)
    assert told(pages.captures) == [("task", "shop.tasks.broken", "", 1)] * 2
    assert ACTIVE.get() is None
    assert hooks._users == 0


def test_each_retry_of_a_task_is_a_unit(pages: Site) -> None:
    assert again.apply().state == "FAILURE"
    assert told(pages.captures) == [("task", "shop.tasks.again", "", 1)] * 3


def test_a_task_that_runs_itself_again_under_its_own_id_is_told_apart(pages: Site) -> None:
    with profile("both", explain="off") as run:
        send("prerun", "7")
        background.shelf()
        send("prerun", "7")
        background.shelf()
        background.shelf()
        send("postrun", "7")
        send("postrun", "7")
        background.shelf()
    assert run.capture is not None
    assert query_count(run.capture.trace) == 1
    name = "shop.tasks.brands"
    assert told(pages.captures) == [("task", name, "both", 1), ("task", name, name, 2)]


def send(when: str, task_id: str) -> None:
    """What Celery sends around a task."""
    signal = signals.task_prerun if when == "prerun" else signals.task_postrun
    signal.send(sender=brands, task_id=task_id, task=brands, args=(), kwargs={})


def test_queries_of_a_task_within_a_task_are_counted_once(pages: Site) -> None:
    add_products(3)
    outer.apply()
    assert told(pages.captures) == [
        ("task", "shop.tasks.outer", "", 2),
        ("task", "shop.tasks.brands", "shop.tasks.outer", 4),
    ]


def test_a_task_within_a_request_has_the_request_as_parent(pages: Site) -> None:
    add_products(3)
    response = Client().get("/page/")
    assert "2 queries" in response.headers["Server-Timing"]
    assert told(pages.captures) == [
        ("request", "GET page/", "", 2),
        ("task", "shop.tasks.brands", "GET page/", 4),
    ]


def test_settings_of_celery_that_make_tasks_eager_change_nothing(pages: Site) -> None:
    add_products(1)
    app.conf.task_always_eager = True
    try:
        brands.delay()
    finally:
        app.conf.task_always_eager = False
    assert told(pages.captures) == [("task", "shop.tasks.brands", "", 2)]


def test_the_stack_of_a_task_names_its_lines(pages: Site) -> None:
    add_products(2)
    brands.apply()
    (capture,) = pages.captures
    first = [(frame.path, frame.function) for frame in capture.trace.groups[-1].stack]
    assert ("tests/pages/background.py", "shelf") in first
    assert ("tests/pages/background.py", "brands") in first


@pytest.mark.django_db(transaction=True)
def test_a_worker_in_threads_keeps_each_task_apart(pages: Site) -> None:
    add_products(3)
    with (
        logging_left_alone(),
        start_worker(app, perform_ping_check=False, pool="threads", concurrency=2),
    ):
        results = [brands.delay() for _ in range(4)]
        assert [len(result.get(timeout=20)) for result in results] == [3] * 4
        with pytest.raises(ValueError, match="zqzq-secret"):
            broken.delay().get(timeout=20)
        close_connections_of_threads()
    assert told(pages.captures) == [("task", "shop.tasks.brands", "", 4)] * 4 + [
        ("task", "shop.tasks.broken", "", 1)
    ]
    assert ACTIVE.get() is None


@contextmanager
def logging_left_alone() -> Iterator[None]:
    """A worker would set the root logger to ERROR, for all tests after this one."""

    def leave(**_: Any) -> None:
        """Whoever answers this signal sets logging up by himself."""

    signals.setup_logging.connect(leave)
    level = logging.getLogger().level
    try:
        yield
        assert logging.getLogger().level == level
    finally:
        signals.setup_logging.disconnect(leave)


def close_connections_of_threads() -> None:
    """Sessions of the worker's threads, which would keep the test database from being dropped."""
    # Not so that of asynchronous tests, which use theirs again: it is closed as they would.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid != pg_backend_pid() AND state = 'idle'"
        )


# Permission


def test_without_debug_nothing_is_recorded(tmp_path: Path) -> None:
    with site(tmp_path, DEBUG=False) as pages, WatchedTasks(apps.begin_task):
        brands.apply()
    assert pages.captures == []


def test_without_a_watcher_nothing_is_recorded(tmp_path: Path) -> None:
    with site(tmp_path) as pages:
        brands.apply()
    assert pages.captures == []


PROGRAM = """
import sys, django
from django.conf import settings
settings.configure(DEBUG={debug}, INSTALLED_APPS={installed}, DATABASES={{}}, SECRET_KEY="x")
if {is_early}:
    import celery.signals
django.setup()
assert {is_early} or "celery" not in sys.modules
import celery.signals
from django.core.signals import request_started
request_started.send(None)
listening = [key for key, _ in celery.signals.task_prerun.receivers if "queryscope" in str(key)]
print(len(listening), "queryscope.profiler" in sys.modules)
"""


@pytest.mark.parametrize(
    ("debug", "installed", "is_early", "listening"),
    [
        (True, ["queryscope"], True, 1),
        (True, ["queryscope"], False, 1),
        (False, ["queryscope"], True, 0),
        (True, [], True, 0),
    ],
)
def test_development_listens_where_queryscope_is_installed(
    debug: bool, installed: list[str], is_early: bool, listening: int
) -> None:
    program = PROGRAM.format(debug=debug, installed=installed, is_early=is_early)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == f"{listening} False\n", done.stderr


# Within other units


def test_within_a_test_a_task_is_a_unit_of_the_test(tmp_path: Path) -> None:
    add_products(3)
    with site(tmp_path, ROOT_URLCONF=__name__, middleware=()) as pages, WatchedTasks(apps.begin_task):
        unit = TestUnit("test_a", QUIET).start()
        background.shelf()
        brands.apply()
        Client().get("/page/")
        assert unit.query_count() == 4 + 4 + (2 + 4)
        unit.finish()
        captures = unit.take()
    assert pages.captures == []
    assert told(captures) == [
        ("task", "shop.tasks.brands", "test_a", 4),
        ("request", "GET page/", "test_a", 2),
        ("task", "shop.tasks.brands", "test_a", 4),
        ("test", "test_a", "", 4),
    ]


def test_within_a_block_a_task_is_a_unit_of_its_own(pages: Site) -> None:
    add_products(2)
    with profile("nightly", explain="off") as run:
        brands.apply()
        background.shelf()
    assert run.capture is not None
    assert query_count(run.capture.trace) == 3
    assert told(pages.captures) == [("task", "shop.tasks.brands", "nightly", 3)]


def test_where_the_middleware_is_missing_tasks_are_recorded_alone(tmp_path: Path) -> None:
    with site(tmp_path, ROOT_URLCONF=__name__, middleware=()) as pages, WatchedTasks(apps.begin_task):
        Client().get("/page/")
    assert told(pages.captures) == [("task", "shop.tasks.brands", "", 1)]


def test_a_worker_that_is_interrupted_leaves_nothing_active(tmp_path: Path) -> None:
    captures: list[Capture] = []

    def make(name: str) -> Unit:
        return Unit(Origin(kind="task", label=name), QUIET, captures.append)

    with WatchedTasks(make):
        send("prerun", "7")
        background.shelf()
        assert captures == []
    assert told(captures) == [("task", "shop.tasks.brands", "", 1)]
    tasks._units.clear()


def test_a_request_that_is_interrupted_within_a_task_leaves_nothing_active(tmp_path: Path) -> None:
    def interrupted(request: Any) -> Any:
        send("prerun", "7")
        background.shelf()
        raise KeyboardInterrupt

    with site(tmp_path, ROOT_URLCONF=(path("page/", interrupted),), middleware=(MIDDLEWARE,)) as pages:
        with WatchedTasks(apps.begin_task), pytest.raises(KeyboardInterrupt):
            Client().get("/page/")
    assert ACTIVE.get() is None
    assert told(pages.captures) == [
        ("request", "GET page/", "", 0),
        ("task", "shop.tasks.brands", "GET page/", 1),
    ]
    tasks._units.clear()


# Explaining


def test_plans_of_a_task_within_a_request_are_taken_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from queryscope import units

    explained: list[str] = []
    complete = units.complete

    def noted(recorder: Any, **more: Any) -> Capture:
        explained.append(recorder.origin.label)
        return complete(recorder, **more)

    monkeypatch.setattr(units, "complete", noted)
    with site(tmp_path, ROOT_URLCONF=__name__), WatchedTasks(apps.begin_task):
        Client().get("/page/")
        assert explained == ["GET page/", "shop.tasks.brands"]
        brands.apply()
        assert explained[2:] == ["shop.tasks.brands"]


def test_tasks_that_wait_for_the_unit_around_them_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    captures: list[Capture] = []

    def make(name: str) -> Unit:
        return Unit(Origin(kind="task", label=name), QUIET, captures.append)

    around = Unit(Origin(kind="command", label="nightly"), QUIET, captures.append)
    with WatchedTasks(make):
        for _ in range(MOST_WAITING + 20):
            brands.apply()
        assert len(captures) == 20
    around.finish()
    assert len(captures) == 20 + 1 + MOST_WAITING
    assert {each.trace.origin.parent for each in captures} == {"", "nightly"}


# Faults


@pytest.mark.parametrize(
    ("module", "name"),
    [(live, "current_config"), (live, "LiveSink"), (apps, "settings"), (tasks, "_signals")],
)
def test_no_fault_reaches_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("queryscope's own")

    with forgiven_faults(), site(tmp_path) as pages:
        live._sinks.clear()
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fail)
            with WatchedTasks(apps.begin_task):
                assert brands.apply().get() == []
        assert FAULTS.count >= 1
    assert pages.captures == []
    tasks._disconnect()


def test_a_wrong_setting_is_no_fault_of_a_task(tmp_path: Path) -> None:
    with forgiven_faults(), site(tmp_path, QUERYSCOPE={"SLOW_MSS": 1}), WatchedTasks(apps.begin_task):
        assert brands.apply().get() == []


def test_a_name_that_cannot_be_read_leaves_the_task_alone(pages: Site) -> None:
    with forgiven_faults():
        signals.task_prerun.send(sender=brands, task_id="7", task=None)
        signals.task_postrun.send(sender=brands, task_id="8", task=None)
        assert FAULTS.count == 1
    assert pages.captures == []
