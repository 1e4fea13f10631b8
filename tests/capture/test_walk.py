"""The stack of a query: application frames, template lines, and what awaits a worker thread."""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from threading import Event
from typing import Any

import jinja2
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, connections
from django.template import Context, Engine, Template
from django.test import AsyncClient, Client, override_settings

from catalog.models import Product, Tag
from queryscope.capture.stacks import MAX_FRAMES
from queryscope.model import AccessKind, Frame, QueryGroup
from tests.capture import shop_views
from tests.capture.recording import access_of, record, record_call, site_text, text_at
from tests.capture.shop import add_products, add_tags

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parent / "templates"


def engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], libraries={"shop_tags": "tests.capture.shop_tags"})


def in_templates(group: QueryGroup) -> list[tuple[str, int, str]]:
    """The template lines of a stack, innermost first."""
    return [(frame.function, frame.line, frame.source) for frame in group.stack if frame.is_template]


def test_the_stack_lists_the_applications_frames_from_the_inside_out() -> None:
    def inner() -> None:
        list(Product.objects.all())

    def outer() -> None:
        inner()

    recording = record_call(outer)
    functions = [frame.function.rpartition(".")[2] for frame in recording.last.stack]
    assert functions[:3] == ["inner", "outer", "record_call"]
    assert functions[3].startswith("test_the_stack_lists")
    assert text_at(recording.last.stack[0]) == "list(Product.objects.all())"
    assert all(frame.path.startswith("tests/capture/") for frame in recording.last.stack)


def test_different_lines_are_different_groups_and_one_line_is_one() -> None:
    with record() as recording:
        for _ in range(3):
            list(Tag.objects.all())
        list(Tag.objects.all())
        for _ in range(40):  # often enough for the interpreter to specialise the call
            list(Tag.objects.all())
    assert [group.count for group in recording.groups] == [3, 1, 40]


def test_a_very_deep_stack_keeps_its_innermost_frames() -> None:
    def descend(depth: int) -> None:
        if depth:
            descend(depth - 1)
        else:
            list(Tag.objects.all())

    recording = record_call(descend, 3 * MAX_FRAMES)
    assert len(recording.last.stack) == MAX_FRAMES
    assert text_at(recording.last.stack[0]) == "list(Tag.objects.all())"


def test_a_deep_stack_of_templates_is_cut_without_harm() -> None:
    source = "{% load shop_tags %}{% for tag in tags.all %}{{ tag }}{% endfor %}"

    def descend(depth: int) -> str:
        if depth:
            return descend(depth - 1)
        return Template(source, engine=engine()).render(Context({"tags": Tag.objects}))

    recording = record_call(descend, MAX_FRAMES)
    assert len(recording.last.stack) == MAX_FRAMES


def test_templates_made_anew_each_time_are_told_from_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queryscope.capture.walk._MOST_LINES", 2)
    add_tags(add_products(1))
    with record() as recording:
        for _ in range(20):
            made = engine()
            product = Product.objects.get()
            made.get_template("shop/card.html").render(Context({"product": product}))
            made.get_template("shop/list.html").render(Context({"products": Product.objects.order_by("pk")}))
    assert len(recording.recorder.stacks.lines) <= 2
    lines = {in_templates(group)[0][:2] for group in recording.groups if in_templates(group)}
    assert ("list.html", 4) in lines
    assert ("card.html", 2) in lines
    assert ("card.html", 3) in lines


def test_template_lines_tell_their_variable() -> None:
    add_tags(add_products(2, stock=True))
    template = engine().get_template("shop/list.html")
    with record() as recording:
        template.render(Context({"products": Product.objects.order_by("pk")}))
    assert in_templates(recording.groups[0]) == [
        ("list.html", 4, "{% for product in products %}"),
        ("base.html", 2, "{% block body %}"),
        ("list.html", 1, '{% extends "shop/base.html" %}'),
    ]
    brand = recording.of(AccessKind.FORWARD, "brand")
    assert in_templates(brand)[0] == ("list.html", 5, "{{ product.brand.name }}")
    assert brand.stack[0].path == "tests/capture/templates/shop/list.html"
    assert brand.stack[-1].function == "test_template_lines_tell_their_variable"
    category = recording.of(AccessKind.FORWARD, "category")
    assert in_templates(category)[0] == ("list.html", 7, "{% with category=product.category %}")


def test_an_included_template_stands_inside_the_one_that_includes_it() -> None:
    add_tags(add_products(2, stock=True))
    template = engine().get_template("shop/list.html")
    with record() as recording:
        template.render(Context({"products": Product.objects.order_by("pk")}))
    exists, tags = [group for group in recording.groups if access_of(group).attribute == "tags"]
    assert in_templates(exists)[:2] == [
        ("card.html", 2, "{% if product.tags.exists %}"),
        ("list.html", 6, '{% include "shop/card.html" %}'),
    ]
    assert in_templates(tags)[0] == ("card.html", 3, "{% for tag in product.tags.all %}")


def test_an_inclusion_tag_stands_inside_the_template_that_uses_it() -> None:
    add_products(2, stock=True)
    template = engine().get_template("shop/list.html")
    with record() as recording:
        template.render(Context({"products": Product.objects.order_by("pk")}))
    stock = recording.of(AccessKind.REVERSE_ONE_TO_ONE, "stock")
    assert in_templates(stock)[:2] == [
        ("stock.html", 1, "{{ product.stock.quantity }}"),
        ("list.html", 8, "{% stock_of product %}"),
    ]


def test_a_queryset_that_a_template_builds_is_built_there() -> None:
    add_tags(add_products(1))
    template = engine().get_template("shop/card.html")
    with record() as recording:
        template.render(Context({"product": Product.objects.get()}))
    site = recording.last.site
    assert site is not None
    assert site.frame == Frame(
        path="tests/capture/templates/shop/card.html",
        line=3,
        function="card.html",
        is_template=True,
        source="{% for tag in product.tags.all %}",
    )


def test_templates_without_a_file_and_those_of_libraries_are_no_frames() -> None:
    add_products(1)
    template = Template("{{ product.brand.name }}", engine=engine())
    with record() as recording:
        template.render(Context({"product": Product.objects.get()}))
    assert in_templates(recording.last) == []
    assert recording.last.stack[0].function.startswith("test_templates_without_a_file")


def test_jinja_templates_tell_their_own_lines() -> None:
    add_products(2)
    loader = jinja2.FileSystemLoader(TEMPLATES)
    template = jinja2.Environment(loader=loader, autoescape=True).get_template("shop/list.jinja")
    with record() as recording:
        template.render(products=Product.objects.order_by("pk"))
    brand, category = recording.of(AccessKind.FORWARD, "brand"), recording.of(AccessKind.FORWARD, "category")
    assert in_templates(recording.groups[0])[0] == ("list.jinja", 6, "{% for product in products %}")
    assert in_templates(brand)[0] == ("list.jinja", 8, "{{ product.brand.name }}")
    assert in_templates(category)[0] == ("list.jinja", 3, "<b>{{ product.category.name }}</b>")
    assert category.count == 2
    assert category.stack[0].path == "tests/capture/templates/shop/list.jinja"


def test_jinja_templates_from_a_string_are_no_frames_and_are_not_kept() -> None:
    add_products(1)
    environment = jinja2.Environment(autoescape=True)
    with record() as recording:
        kept = len(recording.recorder.codes.kept)
        for _ in range(3):
            environment.from_string("{{ product.brand.name }}").render(product=Product.objects.get())
    assert in_templates(recording.last) == []
    codes = recording.recorder.codes.kept.values()
    assert not [code for code in codes if code.co_filename == "<template>"]
    assert len(codes) >= kept


@override_settings(ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=[])
def test_a_request_ends_the_stack_at_its_view() -> None:
    add_products(2)
    with record() as recording:
        Client().get("/plain/")
    brand = recording.of(AccessKind.FORWARD, "brand")
    assert [frame.function for frame in brand.stack] in (["plain.<genexpr>", "plain"], ["plain"])


@override_settings(
    ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=["tests.capture.test_walk.counting_middleware"]
)
def test_queries_of_middleware_before_and_after_the_view_are_seen() -> None:
    add_products(1)
    with record() as recording:
        Client().get("/plain/")
    functions = [group.stack[0].function for group in recording.groups]
    assert functions[0] == functions[-1] == "counting_middleware.middleware"
    assert len(recording.groups) == 4


def counting_middleware(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        Tag.objects.count()
        response = get_response(request)
        Tag.objects.exists()
        return response

    return middleware


def functions_of(group: QueryGroup) -> list[str]:
    return [frame.function for frame in group.stack]


@pytest.mark.django_db(transaction=True)
async def test_an_awaited_query_has_the_frames_that_await_it() -> None:
    await sync_to_async(add_products)(1)

    async def load() -> Product:
        return await Product.objects.select_related("brand").aget(slug="product-0")

    with record() as recording:
        await load()
    assert functions_of(recording.last)[0].endswith("load")
    assert access_of(recording.last).method == "get"
    assert site_text(recording.last) == 'Product.objects.select_related("brand")'
    assert recording.trace.queries[0].thread == 0


@pytest.mark.django_db(transaction=True)
async def test_an_async_loop_has_its_frame_and_marks_what_it_loads() -> None:
    await sync_to_async(add_products)(2)
    with record() as recording:
        async for product in Product.objects.order_by("pk"):
            await product.tags.acount()
        async for product in Product.objects.order_by("pk").aiterator(chunk_size=1):
            await product.arefresh_from_db(fields=["name"])
    loop, count, iterator, refresh = recording.groups
    assert site_text(loop) == 'Product.objects.order_by("pk")'
    assert (access_of(count).kind, access_of(count).owner_group, count.count) == (
        AccessKind.MANY_TO_MANY,
        0,
        2,
    )
    assert access_of(iterator).method == "iterate"
    assert functions_of(iterator)[0] == functions_of(refresh)[0]


@pytest.mark.django_db(transaction=True)
async def test_gathered_coroutines_keep_their_own_frames() -> None:
    await sync_to_async(lambda: add_tags(add_products(1)))()
    with record() as recording:
        assert await shop_views.gather_names() == ["product 0", "tag 0"]
    assert {functions_of(group)[0] for group in recording.groups} == {
        "gather_names.name_of_product",
        "gather_names.name_of_tag",
    }
    for group in recording.groups:
        table = "product" if functions_of(group)[0].endswith("product") else "tag"
        assert f'"catalog_{table}"' in group.sql


@pytest.mark.django_db(transaction=True)
async def test_custom_asynchronous_manager_methods_are_passed_over() -> None:
    from catalog.managers import ProductQuerySet

    class Asynchronous(ProductQuerySet):
        async def anewest(self) -> Any:
            return await self.order_by("-created").afirst()

    with record() as recording:
        await Asynchronous(Product).anewest()
    assert site_text(recording.last) == "Asynchronous(Product)"
    assert functions_of(recording.last)[0].endswith("anewest")


@pytest.mark.django_db(transaction=True)
async def test_sync_code_in_a_worker_thread_has_its_own_frames_first() -> None:
    await sync_to_async(add_products)(1)

    def load() -> list[Product]:
        return list(Product.objects.all())

    with record() as recording:
        await sync_to_async(load)()
    functions = functions_of(recording.last)
    assert functions[0].endswith("load")
    assert functions[1].startswith("test_sync_code_in_a_worker_thread")


@pytest.mark.django_db(transaction=True)
@override_settings(ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=[])
async def test_asynchronous_views_are_seen_with_their_frames() -> None:
    await sync_to_async(lambda: add_tags(add_products(2)))()
    with record() as recording:
        response = await AsyncClient().get("/asynchronous/")
    assert response.content == b"brand 0, tag 0, tag 1"
    assert {functions_of(group)[0].partition(".")[0] for group in recording.groups} == {"asynchronous"}
    assert access_of(recording.of(AccessKind.MANY_TO_MANY, "tags")).owner_group == 0


@pytest.mark.django_db(transaction=True)
@override_settings(ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=[])
async def test_an_asynchronous_stream_is_seen_to_its_end() -> None:
    await sync_to_async(add_products)(2)
    with record() as recording:
        response = await AsyncClient().get("/streaming-asynchronously/")
        body = b"".join([chunk async for chunk in response.streaming_content])
    assert body == b"brand 0brand 1"
    assert functions_of(recording.last)[0] == "streaming_asynchronously.rows"


@override_settings(ROOT_URLCONF="tests.capture.shop_urls", MIDDLEWARE=[])
def test_a_stream_is_seen_to_its_end() -> None:
    add_products(2)
    with record() as recording:
        body = b"".join(Client().get("/streaming/").streaming_content)
    assert body == b"brand 0brand 1"
    assert recording.of(AccessKind.FORWARD, "brand").count == 2
    assert functions_of(recording.last)[0] == "streaming.rows"


@pytest.mark.django_db(transaction=True)
def test_sync_code_that_runs_a_coroutine_is_seen() -> None:
    add_products(1)

    async def load() -> Any:
        return await Product.objects.aget(slug="product-0")

    with record() as recording:
        async_to_sync(load)()
    assert functions_of(recording.last)[0].endswith("load")


@pytest.mark.django_db(transaction=True)
def test_threads_with_a_copied_context_are_recorded() -> None:
    add_products(2)

    def load(number: int) -> str:
        try:
            return Product.objects.get(slug=f"product-{number}").brand.name
        finally:
            connections.close_all()

    with record() as recording, ThreadPoolExecutor(2) as pool:
        names = [pool.submit(copy_context().run, load, number).result() for number in range(2)]
    assert names == ["brand 0", "brand 1"]
    brand = recording.of(AccessKind.FORWARD, "brand")
    assert (brand.count, access_of(brand).owner_group) == (2, 0)
    assert functions_of(brand)[0].endswith("load")
    assert len({query.thread for query in recording.trace.queries}) >= 1


@pytest.mark.django_db(transaction=True)
def test_threads_that_began_before_the_recording_belong_to_nobody() -> None:
    def load() -> int:
        try:
            return Product.objects.count()
        finally:
            connections.close_all()

    go = Event()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(lambda: go.wait(10) and load())
        with record() as recording:
            go.set()
            assert found.result() == 0
    assert recording.groups == ()


def test_coroutines_that_run_no_query_cost_no_frames() -> None:
    async def work() -> int:
        return await sync_to_async(lambda: 1)()

    with record() as recording:
        assert asyncio.run(work()) == 1
    assert recording.groups == ()


class Thing:
    """Something that can die."""


class View:
    """A method that keeps an eye on its locals."""

    def get(self) -> bool:
        names = locals()
        thing = Thing()
        list(Tag.objects.all())
        reference = weakref.ref(thing)
        del thing
        return reference() is None and list(names) == ["self"]


def test_reading_the_stack_leaves_the_locals_of_the_program_alone() -> None:
    with record():
        assert View().get()


def test_another_wrapper_in_application_code_is_no_call_site() -> None:
    def wrapper(execute: Any, *args: Any) -> Any:
        return execute(*args)

    with connection.execute_wrapper(wrapper), record() as recording, connection.execute_wrapper(wrapper):
        list(Tag.objects.all())
    assert text_at(recording.last.stack[0]) == "list(Tag.objects.all())"
