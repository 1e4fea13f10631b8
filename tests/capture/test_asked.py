"""Who asked for a query: the application's own code, or a library that it calls."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
from django.core.paginator import Paginator
from django.db import models
from django.db.models.sql.compiler import SQLCompiler
from django.shortcuts import get_list_or_404, get_object_or_404
from django.template import Context, Engine, Template
from django.test import RequestFactory

from catalog.models import Product, Tag
from queryscope.analysis import conclude
from queryscope.capture.introspect import read_models
from queryscope.model import Capture, Finding, Models, Run
from queryscope.rules.base import TraceRule
from queryscope.rules.trace import DuplicateQuery, NPlusOne
from tests.capture import shop_views
from tests.capture.recording import CODES, Recording, record, record_call
from tests.capture.shop import add_products, add_tags

pytestmark = pytest.mark.django_db

# Code of an installed package, as far as its file name tells.
LIBRARY: dict[str, Any] = {"models": models, "__name__": "labels.helpers"}
exec(
    compile(
        """
def tags(model):
    return list(model.objects.order_by("pk"))

def run(queryset):
    return list(queryset)

class Rows:
    def __init__(self, model):
        self.model = model

    def __iter__(self):
        return iter(self.model.objects.order_by("pk"))

class Handed:
    def __init__(self, queryset):
        self.queryset = queryset

    def __iter__(self):
        return iter(self.queryset.all())

class Counted(models.QuerySet):
    def named(self, name):
        return self.get(name=name)

    def __len__(self):
        return super().__len__()
""",
        "/srv/venv/lib/python3/site-packages/labels/helpers.py",
        "exec",
    ),
    LIBRARY,
)


def is_asked(function: Callable[[], Any]) -> bool:
    return record_call(function).last.is_asked_by_library


def test_a_query_that_a_library_builds_and_runs_is_the_librarys() -> None:
    assert is_asked(lambda: LIBRARY["tags"](Tag))


def test_a_queryset_of_the_application_that_a_library_runs_is_asked_by_it() -> None:
    assert is_asked(lambda: LIBRARY["run"](Tag.objects.order_by("pk")))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: list(Tag.objects.order_by("pk")),
        lambda: Tag.objects.filter(name="tag 0").first(),
        lambda: Tag.objects.count(),
        lambda: Tag.objects.get(name="tag 0"),
        lambda: get_object_or_404(Tag, name="tag 0"),
        lambda: get_list_or_404(Tag, name="tag 0"),
        lambda: Paginator(Tag.objects.order_by("pk"), 2).count,
        lambda: random.choice(Tag.objects.order_by("pk")),
        lambda: list(Tag.objects.raw("SELECT * FROM catalog_tag")),
    ],
)
def test_what_the_application_asks_itself_is_its_own(ask: Callable[[], Any]) -> None:
    add_tags(add_products(1))
    assert not is_asked(ask)


def test_a_librarys_queryset_method_is_how_the_application_asks() -> None:
    add_tags(add_products(1))
    assert not is_asked(lambda: LIBRARY["Counted"](Tag).named("tag 0"))
    assert not is_asked(lambda: len(LIBRARY["Counted"](Tag)))
    assert is_asked(lambda: LIBRARY["run"](LIBRARY["Counted"](Tag)))


def test_a_tool_that_watches_inside_of_the_orm_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    space: dict[str, Any] = {"execute": SQLCompiler.execute_sql, "__name__": "watcher"}
    source = "def execute_sql(self, *args, **more):\n    return execute(self, *args, **more)\n"
    exec(compile(source, "/srv/venv/lib/python3/site-packages/watcher.py", "exec"), space)
    monkeypatch.setattr(SQLCompiler, "execute_sql", space["execute_sql"])
    assert not is_asked(lambda: list(Tag.objects.order_by("pk")))


def test_templates_ask_for_the_application() -> None:
    add_tags(add_products(1))
    folder = Path(__file__).parent / "templates"
    page = Template("{% for tag in tags %}{{ tag.name }}{% endfor %}")
    jinja = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
    with record() as recording:
        page.render(Context({"tags": Tag.objects.order_by("pk")}))
        Engine(dirs=[str(folder)]).get_template("shop/card.html").render(
            Context({"product": Product.objects.get()})
        )
        jinja.get_template("shop/list.jinja").render(products=Product.objects.order_by("pk"))
    assert len(recording.groups) > 4
    assert not any(group.is_asked_by_library for group in recording.groups)


def test_what_a_template_is_given_by_a_library_is_asked_and_built_by_it() -> None:
    recording = record_call(shop_views.shelf, LIBRARY["Rows"](Tag))
    site = recording.last.site
    assert site is not None
    assert site.frame is not None
    assert (site.frame.path, site.frame.line) == ("tests/capture/templates/shop/shelf.html", 1)
    assert recording.last.is_asked_by_library
    assert site.is_built_by_library


def test_a_queryset_of_the_view_and_one_of_the_template_are_built_by_no_library() -> None:
    add_tags(add_products(1))
    product = Product.objects.get()
    folder = Path(__file__).parent / "templates"
    with record() as recording:
        shop_views.shelf(LIBRARY["Handed"](Tag.objects.order_by("pk")))
        Engine(dirs=[str(folder)]).get_template("shop/card.html").render(Context({"product": product}))
        jinja = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
        jinja.get_template("shop/card.jinja").render(product=product)
    sites = [group.site for group in recording.groups]
    assert [site.frame.path.rpartition("/")[2] for site in sites if site and site.frame] == [
        "test_asked.py", "card.html", "card.html", "card.jinja",
    ]  # fmt: skip
    assert not any(site.is_built_by_library for site in sites if site)


def test_rows_that_a_library_gives_a_template_are_told_without_a_line_of_code() -> None:
    add_products(3)
    recording = record_call(shop_views.shelf, LIBRARY["Rows"](Product))
    (found,) = findings(recording, read_models(CODES.project), NPlusOne())
    assert found.message == (
        "shelf.html ran 3 queries for Product.brand, one per product. "
        'Load "brand" with the rows that the library gives.'
    )
    assert found.fixes[0].code == ""
    assert found.fixes[0].caveat.startswith("No diff: a library builds this queryset while the template")
    assert found.location is not None
    assert (found.location.function, found.location.line) == ("shelf.html", 1)


def findings(recording: Recording, graph: Models, rule: TraceRule | None = None) -> list[Finding]:
    report = conclude(
        [Capture(trace=recording.trace)],
        run=Run(queryscope="", python="", django="", postgresql="", root=""),
        models=graph,
        rules=(rule or DuplicateQuery(),),
        read_source=lambda path: None,
    )
    return list(report.findings)


def of_library(*labels: str) -> Models:
    """The model graph, with some models as those of an installed package."""
    graph = read_models(CODES.project)
    return Models(
        models=tuple(replace(each, path="") if each.label in labels else each for each in graph.models)
    )


def by_a_library() -> None:
    shop_views.twice_by_a_library(LIBRARY["tags"])


@pytest.mark.parametrize(
    ("function", "library", "count"),
    [
        (by_a_library, ("catalog.Tag",), 0),
        (by_a_library, (), 1),
        (shop_views.twice_itself, ("catalog.Tag",), 1),
        (shop_views.twice_itself, (), 1),
    ],
)
def test_only_what_a_library_asks_of_its_own_models_is_no_duplicate(
    function: Callable[[], None], library: tuple[str, ...], count: int
) -> None:
    assert len(findings(record_call(function), of_library(*library))) == count


def test_an_object_that_a_generic_view_gets_twice_is_told() -> None:
    add_products(1)
    view = shop_views.TwiceDetail.as_view()
    recording = record_call(lambda: view(RequestFactory().get("/"), slug="product-0"))
    assert len(recording.groups) == 2
    (found,) = findings(recording, read_models(CODES.project))
    assert found.model == Product._meta.label
