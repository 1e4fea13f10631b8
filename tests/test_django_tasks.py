"""Django's own background tasks as units. They came with Django 6.0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.tasks import TaskContext, TaskResultStatus, task
from django.tasks.signals import task_finished, task_started
from django.test import AsyncClient, Client, override_settings
from django.urls import path

from catalog.models import Product
from queryscope import apps, live, tasks
from queryscope.analysis.shapes import query_count
from queryscope.capture.state import ACTIVE
from queryscope.model import Capture
from queryscope.suite import TestUnit
from queryscope.tasks import WatchedTasks
from tests.capture.shop import add_products
from tests.doors import QUIET, Site, assert_nothing_is_left, site

pytestmark = pytest.mark.django_db
SHELF = f"{__name__}.shelf"
IMMEDIATE = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@task
def shelf(secret: str = "") -> list[str]:
    return [product.brand.name for product in Product.objects.order_by("id")]


@task
def broken() -> None:
    Product.objects.count()
    raise ValueError("zqzq-secret")


@task
async def ashelf() -> int:
    return await Product.objects.acount()


@task(takes_context=True)
def told_its_context(context: TaskContext[Any, Any]) -> int:
    return Product.objects.count() + context.attempt


@task
def interrupted() -> None:
    Product.objects.count()
    raise KeyboardInterrupt


def page(request: HttpRequest) -> HttpResponse:
    Product.objects.count()
    shelf.enqueue(secret="zqzq-secret")
    return HttpResponse(str(Product.objects.count()))


def committing(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        transaction.on_commit(shelf.enqueue)
    return HttpResponse(str(Product.objects.count()))


async def apage(request: HttpRequest) -> HttpResponse:
    await shelf.aenqueue()
    return HttpResponse(str(await Product.objects.acount()))


urlpatterns = [path("page/", page), path("committing/", committing), path("apage/", apage)]


@pytest.fixture(autouse=True)
def _nothing_left() -> Any:
    # The sample project has queryscope installed: without DEBUG its watcher records nothing, but it stands.
    kept, tasks._watchers[:] = list(tasks._watchers), []
    tasks._disconnect()
    live._sinks.clear()
    yield
    assert_nothing_is_left()
    assert tasks._watchers == []
    assert tasks._units == {}
    assert listeners() == 0
    tasks._watchers[:] = kept
    tasks.connect()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    """A development server: the tasks of this process are watched."""
    with site(tmp_path, ROOT_URLCONF=__name__, TASKS=IMMEDIATE) as found, WatchedTasks(apps.begin_task):
        yield found


def listeners() -> int:
    """How many of ours listen to Django's tasks."""
    return sum(entry[0][0] == tasks.UID for entry in [*task_started.receivers, *task_finished.receivers])


def told(captures: list[Capture]) -> list[tuple[str, str, str, int]]:
    return [
        (each.trace.origin.kind, each.trace.origin.label, each.trace.origin.parent, query_count(each.trace))
        for each in captures
    ]


def test_it_is_listened_to_while_somebody_watches() -> None:
    with WatchedTasks(lambda name: None):
        assert listeners() == 2
        with WatchedTasks(lambda name: None):
            assert listeners() == 2
        assert listeners() == 2


def test_a_task_is_a_unit_by_its_dotted_name(pages: Site) -> None:
    add_products(3)
    result = shelf.enqueue(secret="zqzq-secret")
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert result.return_value == ["brand 0", "brand 1", "brand 2"]
    assert told(pages.captures) == [("task", SHELF, "", 4)]
    for file in pages.store.path.glob("*.json"):
        assert "zqzq" not in file.read_text()


def test_a_task_within_a_request_has_the_request_as_parent(pages: Site) -> None:
    add_products(3)
    assert "2 queries" in Client().get("/page/").headers["Server-Timing"]
    assert told(pages.captures) == [("request", "GET page/", "", 2), ("task", SHELF, "GET page/", 4)]


@pytest.mark.django_db(transaction=True)
def test_a_task_that_waits_for_the_commit_is_within_the_request(pages: Site) -> None:
    add_products(1)
    Client().get("/committing/")
    assert told(pages.captures) == [
        ("request", "GET committing/", "", 1),
        ("task", SHELF, "GET committing/", 2),
    ]


def test_a_task_that_raises_ends_its_unit(pages: Site) -> None:
    result = broken.enqueue()
    assert result.status == TaskResultStatus.FAILED
    assert ACTIVE.get() is None
    assert told(pages.captures) == [("task", f"{__name__}.broken", "", 1)]


def test_coroutines_and_tasks_that_take_a_context_are_units(pages: Site) -> None:
    assert told_its_context.enqueue().return_value == 1
    assert told(pages.captures) == [("task", f"{__name__}.told_its_context", "", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_coroutine_is_a_unit(pages: Site) -> None:
    add_products(2)
    assert ashelf.enqueue().return_value == 2
    assert told(pages.captures) == [("task", f"{__name__}.ashelf", "", 1)]


@pytest.mark.django_db(transaction=True)
async def test_a_task_of_an_asynchronous_view_is_within_its_request(pages: Site) -> None:
    from asgiref.sync import sync_to_async
    from django.db import connections

    await sync_to_async(add_products)(2)
    await AsyncClient().get("/apage/")
    await sync_to_async(connections.close_all)()
    assert told(pages.captures) == [("request", "GET apage/", "", 1), ("task", SHELF, "GET apage/", 3)]


def test_a_task_that_is_interrupted_in_a_request_leaves_nothing_active(tmp_path: Path) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        interrupted.enqueue()
        return HttpResponse("never")

    with (
        site(tmp_path, ROOT_URLCONF=(path("page/", view),), TASKS=IMMEDIATE) as pages,
        WatchedTasks(apps.begin_task),
    ):
        with pytest.raises(KeyboardInterrupt):
            Client().get("/page/")
        assert ACTIVE.get() is None
    assert told(pages.captures) == [
        ("request", "GET page/", "", 0),
        ("task", f"{__name__}.interrupted", "GET page/", 1),
    ]
    tasks._units.clear()  # Django sends no signal for its end


def test_within_a_test_a_task_is_a_unit_of_the_test(tmp_path: Path) -> None:
    add_products(3)
    with override_settings(TASKS=IMMEDIATE):
        unit = TestUnit("test_a", QUIET).start()
        shelf.enqueue()
        Product.objects.count()
        assert unit.query_count() == 4 + 1
        unit.finish()
    assert told(unit.take()) == [("task", SHELF, "test_a", 4), ("test", "test_a", "", 1)]


def test_without_debug_nothing_is_recorded(tmp_path: Path) -> None:
    with site(tmp_path, DEBUG=False, TASKS=IMMEDIATE) as pages, WatchedTasks(apps.begin_task):
        shelf.enqueue()
    assert pages.captures == []
