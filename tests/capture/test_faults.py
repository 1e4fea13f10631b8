"""A fault of queryscope's own never reaches the program: every function of capture/ fails in turn."""

from __future__ import annotations

import importlib
import inspect
import logging
import pickle
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext

import queryscope
import queryscope.capture
from catalog.models import Product
from queryscope import profiler
from queryscope.capture import hooks, machinery, read_hook, replacing
from queryscope.capture.beside import RUNNING
from queryscope.capture.loaded import WATCHED
from queryscope.capture.state import ACTIVE, AWAITING, FAULTS, LEFT_OUT, MAX_FAULTS
from tests.capture import units
from tests.capture.shop import add_products, add_tags

pytestmark = pytest.mark.django_db

# The guard itself: what stands in the program's own calls, and what counts the faults.
GUARD = {
    "hooks_connection._timed",
    "hooks_connection._note_unseen",
    "read_hook._FieldsCache.__get__",
    "read_hook._FieldsCache.__set__",
    "state.active",
    "state.Faults.__init__",
    "state.Faults.is_off",
    "state.Faults.note",
    "state.Faults.clear",
    "recorder.Recorder.start",
    "recorder.Recorder.stop",
}
MACHINERY = (machinery.machinery, machinery.passing, machinery.refreshing)
RESTORE = (replacing.restore_all, read_hook.restore_all)


def functions() -> Iterator[tuple[str, Any, str]]:
    """Every function and method of capture/: its name, and what holds it under which attribute."""
    for info in pkgutil.iter_modules(queryscope.capture.__path__):
        module = importlib.import_module(f"queryscope.capture.{info.name}")
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(inspect.unwrap(value)):
                yield f"{info.name}.{name}", module, name
            elif inspect.isclass(value):
                for method, code in vars(value).items():
                    if inspect.isfunction(code):
                        yield f"{info.name}.{name}.{method}", value, method


FUNCTIONS = {name: (holder, attribute) for name, holder, attribute in functions() if name not in GUARD}
CALLED: set[str] = set()
# Not vacuous: so many functions of a module are called by the work below.
CALLED_AT_LEAST = {
    "introspect": 0,  # asked for the report only
    "access": 5,
    "beside": 3,
    "finish": 6,
    "finish_loads": 4,
    "hooks": 8,
    "hooks_connection": 7,
    "hooks_threads": 12,
    "loaded": 11,
    "machinery": 6,
    "places": 3,
    "read_hook": 7,
    "reads": 9,
    "recorder": 3,
    "replacing": 2,
    "sites": 8,
    "stacks": 4,
    "walk": 3,
}


class InjectedError(Exception):
    """Raised in place of a function of queryscope's."""


def make_fail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let that function raise, under whatever name it was imported."""
    holder, attribute = FUNCTIONS[name]
    original = vars(holder)[attribute]

    def fail(*_: Any, **__: Any) -> Any:
        CALLED.add(name)
        raise InjectedError(name)

    if inspect.isclass(holder):
        monkeypatch.setattr(holder, attribute, fail)
        return
    for module in [each for key, each in sys.modules.items() if key.startswith("queryscope")]:
        for key, value in list(vars(module).items()):
            if value is original:
                monkeypatch.setattr(module, key, fail)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Faults forgotten, and hooks taken down that a fault left standing."""
    tidy()
    yield
    tidy()


def tidy() -> None:
    FAULTS.clear()
    ACTIVE.set(None)
    AWAITING.set(())
    LEFT_OUT.set(None)
    RUNNING.clear()
    hooks._users = read_hook._users = 0
    for restore in RESTORE:
        restore()
    for cached in MACHINERY:
        cached.cache_clear()
    WATCHED.clear()
    read_hook.LOADS.clear()
    units.CAPTURES.clear()


def get(path: str) -> Any:
    response = Client().get(path)
    return response.status_code, response.getvalue()


def get_async(path: str) -> Any:
    async def fetch() -> Any:
        response = await AsyncClient().get(path)
        if response.streaming:
            body = b"".join([chunk async for chunk in response.streaming_content])
        else:
            body = response.content
        response.close()
        return response.status_code, body

    return async_to_sync(fetch)()


def fail_in_view(path: str) -> Any:
    with pytest.raises(LookupError) as caught:
        Client().get(path)
    return str(caught.value), type(caught.value).__name__


def profile_block(path: str) -> Any:
    with queryscope.profile(path, explain="off", reads=True):
        products = Product.objects.order_by("pk").prefetch_related("tags")
        copied = pickle.loads(pickle.dumps(list(products)))
        return [(product.brand.name, copied == list(products)) for product in products]


WORK: dict[str, Callable[[str], Any]] = {
    "/plain/": get,
    "/streaming/": get,
    "/threaded/": get,
    "/unusual/": get,
    "/failing/": fail_in_view,
    "/asynchronous/": get_async,
    "/streaming-asynchronously/": get_async,
    "/api/": get,
    "block": profile_block,
}


# More than `plain` lists: queries on other threads' connections; a function called by name, but no COPY.
UNSEEN = {"/threaded/": 2, "/unusual/": 1 - 1}


def run(path: str) -> tuple[Any, list[str], bool]:
    """What the program sees: the answer, its queries, and the state of its transaction."""
    with CaptureQueriesContext(connection) as queries:
        answer = WORK[path](path)
    # Django numbers savepoints and named cursors of a connection on.
    sent = [re.sub(r"_(x|sync_)[0-9]+", "", query["sql"]) for query in queries]
    return answer, sent, connection.needs_rollback


@pytest.fixture
def plain() -> dict[str, Any]:
    """What every kind of work gives without queryscope."""
    add_tags(add_products(2))
    with override_settings(ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=[]):
        FAULTS.count = MAX_FAULTS  # profile() is off
        found = {path: run(path) for path in WORK}
        FAULTS.clear()
    return found


with_units = override_settings(
    ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=["tests.capture.units.middleware"]
)


@with_units
def test_without_a_fault_everything_is_captured_and_nothing_changes(plain: dict[str, Any]) -> None:
    for path in WORK:
        assert run(path) == plain[path]
    assert FAULTS.count == 0
    counts = [sum(group.count for group in capture.trace.groups) for capture in units.CAPTURES]
    assert counts == [len(plain[path][1]) + UNSEEN.get(path, 0) for path in WORK if path != "block"]
    assert [capture.trace.origin.label for capture in units.CAPTURES] == [
        "GET plain/",
        "GET streaming/",
        "GET threaded/",
        "GET unusual/",
        "GET failing/",
        "GET asynchronous/",
        "GET streaming-asynchronously/",
        "GET api/",
    ]


@with_units
@pytest.mark.parametrize("module", sorted({name.partition(".")[0] for name in FUNCTIONS}))
def test_a_failing_function_never_reaches_the_program(
    module: str, plain: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for name in [name for name in FUNCTIONS if name.startswith(f"{module}.")]:
        for path in WORK:
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setattr(profiler, "_codes", {})
                make_fail(name, monkeypatch)
                found = run(path)
            told = [record.getMessage() for record in caplog.records if record.name == "queryscope"]
            tidy()
            caplog.clear()
            assert found == plain[path], (name, path)
            assert len(told) <= 2, name
            assert all("queryscope failed" in message for message in told)
    called = [name for name in CALLED if name.startswith(f"{module}.")]
    assert len(called) >= CALLED_AT_LEAST.get(module, 1)


@with_units
def test_a_fault_is_logged_once_and_after_three_the_profiler_is_off(
    plain: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_fail("walk.walk_query", monkeypatch)
    for _ in range(4):
        assert run("/plain/") == plain["/plain/"]
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert messages == [
        "queryscope failed in the recorder; the program goes on",
        "queryscope failed 3 times and is now off in this process",
    ]
    assert caplog.records[0].exc_info is not None
    assert FAULTS.is_off
    monkeypatch.undo()
    units.CAPTURES.clear()
    assert run("/plain/") == plain["/plain/"]
    assert units.CAPTURES == []


def test_a_trace_says_that_queryscope_failed() -> None:
    add_products(1)
    with queryscope.profile("block", explain="off") as run_:
        FAULTS.note("a test")
        list(Product.objects.all())
    assert run_.capture is not None
    assert run_.capture.trace.notes == ("queryscope failed 1 times: not everything was seen",)
    assert run_.report.run.missing


def test_a_block_of_which_nothing_could_be_kept_still_has_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    make_fail("finish.finish", monkeypatch)
    with queryscope.profile("nightly", explain="off") as run_:
        list(Product.objects.all())
    assert run_.report.traces[0].notes == ("queryscope failed: nothing of this was kept",)
    assert run_.report.traces[0].origin.label == "nightly"


def test_faults_while_logging_stay_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise InjectedError

    monkeypatch.setattr(logging.getLogger("queryscope"), "warning", fail)
    FAULTS.note("a test")
    assert FAULTS.count == 1
