"""The profiled program behaves as without queryscope, also where it does what few programs do."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import os
import pickle
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import django
import pytest
from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async
from django.core.cache.backends.filebased import FileBasedCache
from django.db import connection, models
from django.db.models import Prefetch, prefetch_related_objects
from django.test.utils import CaptureQueriesContext, isolate_apps
from psycopg import adapt

from catalog.models import Brand, Category, Product, Tag
from queryscope.capture.state import FAULTS
from queryscope.model import AccessKind
from tests.capture.recording import ROOT, access_of, record
from tests.capture.shop import add_products, add_tags
from tests.capture.test_hooks import HOOKED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def faultless() -> Iterator[None]:
    """Nothing here makes queryscope fail, nor finds it switched off."""
    FAULTS.clear()
    yield
    count = FAULTS.count
    FAULTS.clear()
    assert count == 0


READER = """
import os, sys
sys.path.insert(0, "sample_project")
sys.modules["queryscope.capture"] = None
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
from django.conf import settings
settings.INSTALLED_APPS.remove("queryscope")
django.setup()
from django.core.cache.backends.filebased import FileBasedCache
cache = FileBasedCache(sys.argv[1], {})
product = cache.get("product")
print(product.name, product.brand.name, product._state.adding, product._state.db)
for each in cache.get("products"):
    print(each.name, each.brand.name, [tag.name for tag in each.tags.all()])
print(cache.get("query").where.children[0].rhs)
"""


def test_what_is_put_into_a_cache_is_read_by_a_process_without_queryscope(tmp_path: Path) -> None:
    add_tags(add_products(2), 1)
    cache = FileBasedCache(str(tmp_path), {})
    with record():
        products = Product.objects.select_related("brand").prefetch_related("tags").order_by("pk")
        cache.set("product", products[0])
        cache.set("products", products)
        cache.set("query", Product.objects.filter(name="x").query)
    # No query of its own: this database doesn't exist.
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "-c", READER, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines() == [
        "product 0 brand 0 False default",
        "product 0 brand 0 ['tag 0']",
        "product 1 brand 1 ['tag 0']",
        "x",
    ], ended.stderr


def loaded_by_iteration() -> list[Any]:
    return list(Product.objects.select_related("brand"))


def loaded_by_iterator() -> list[Any]:
    rows = Product.objects.prefetch_related("tags").iterator(chunk_size=2)
    return [next(rows), next(rows)]


def loaded_as_raw() -> list[Any]:
    return list(Product.objects.raw("SELECT * FROM catalog_product"))


def loaded_through_relations() -> list[Any]:
    product = Product.objects.order_by("pk").first()
    assert product is not None
    brand = product.brand
    return [product, brand, brand.company, *product.tags.all(), *brand.products.all()]


def loaded_by_prefetch() -> list[Any]:
    brands = list(Brand.objects.all())
    prefetch_related_objects(brands, Prefetch("products", Product.objects.prefetch_related("tags")))
    return [brands, *brands, *brands[0].products.all(), *brands[0].products.all()[0].tags.all()][1:]


def loaded_in_a_thread() -> list[Any]:
    async def load() -> Any:
        return [await Tag.objects.afirst(), *[tag async for tag in Tag.objects.all()]]

    return list(async_to_sync(load)())


def created() -> list[Any]:
    category = Category.objects.create(name="new", slug="new")
    category.name = "other"
    category.save()
    category.refresh_from_db()
    return [
        category,
        *Category.objects.bulk_create([Category(name="a", slug="a"), Category(name="b", slug="b")]),
    ]


def failed() -> list[Any]:
    product = Product.objects.order_by("pk").first()
    with contextlib.suppress(Brand.DoesNotExist):
        Brand.objects.get(products=product, name="x")
    return [product]


LOADING = [
    loaded_by_iteration, loaded_by_iterator, loaded_as_raw, loaded_through_relations, loaded_by_prefetch,
    loaded_in_a_thread, created, failed,
]  # fmt: skip


def alive_after(load: Callable[[], list[Any]]) -> list[str]:
    """What is still there when the last name of it is gone, without the help of the collector."""
    gc.collect()
    gc.disable()
    try:
        references = [weakref.ref(each) for each in load()]
        assert references
        return [type(found).__name__ for each in references if (found := each()) is not None]
    finally:
        gc.enable()


@pytest.mark.parametrize("load", LOADING, ids=lambda load: load.__name__)
def test_instances_are_freed_as_soon_as_without_queryscope(load: Callable[[], list[Any]]) -> None:
    add_tags(add_products(3), 1)
    with contextlib.suppress(AssertionError):
        load()  # caches of Django's own are filled
    Category.objects.exclude(slug="all").delete()
    plain = alive_after(load)
    Category.objects.exclude(slug="all").delete()
    with record() as recording:
        assert alive_after(load) == plain
    assert recording.groups


LIBRARY = """
import weakref

class Worker:
    def run(self, thing, tags):
        things = [thing]
        del thing
        thing = things.pop()
        build(tags)
        reference = weakref.ref(thing)
        del thing
        return reference() is None

    def names(self, tags):
        names = locals()
        thing = "x"
        build(tags)
        return names

def build(tags):
    list(tags.filter(pk__gte=0))
"""


@pytest.fixture
def worker() -> Any:
    """An object of a library."""
    names: dict[str, Any] = {}
    exec(compile(LIBRARY, "/usr/lib/python3/site-packages/worker.py", "exec"), names)
    return names["Worker"]()


def test_locals_of_a_library_are_not_kept_alive(worker: Any) -> None:
    class Thing:
        """What the library holds while a queryset is built."""

    # No assert around the calls: pytest would hold the thing.
    plain = worker.run(Thing(), Tag.objects)
    with record():
        recorded = worker.run(Thing(), Tag.objects)
    assert (plain, recorded) == (True, True)


def test_locals_that_a_library_holds_are_left_to_it(worker: Any) -> None:
    with record():
        names = worker.names(Tag.objects)
    assert set(names) >= {"self", "tags"}


@isolate_apps("catalog")
def test_a_manager_that_passes_unknown_attributes_on_to_its_queryset_is_not_asked() -> None:
    class Passing(models.Manager):
        asked: list[str] = []

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            self.asked.append(name)
            return getattr(self.get_queryset(), name)

    class Maker(models.Model):
        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_brand"

    class Part(models.Model):
        brand = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="parts")
        objects = Passing()

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_product"
            base_manager_name = "objects"

    add_products(1)
    brand: Any = Maker.objects.get()

    def work() -> list[str]:
        Passing.asked.clear()
        list(brand.parts.all())
        brand.parts.count()
        brand.parts.filter(pk__gte=0).first()
        return list(Passing.asked)

    plain = work()
    with record() as recording:
        assert work() == plain
    accesses = [access_of(group) for group in recording.groups]
    assert [(each.kind, each.attribute) for each in accesses] == [(AccessKind.REVERSE, "parts")] * 3


@isolate_apps("catalog")
def test_a_from_db_that_gives_anything_gives_it_still() -> None:
    class Named(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_tag"
            ordering = ("pk",)

        @classmethod
        def from_db(cls, db: Any, field_names: Any, values: Any, **later: Any) -> Any:
            made = super().from_db(db, field_names, values, **later)
            return None if made.name == "tag 1" else made.name if made.name == "tag 2" else made

    add_tags([], 5)
    plain = [each if isinstance(each, str | None) else each.name for each in Named.objects.all()]
    assert plain == ["tag 0", None, "tag 2", "tag 3", "tag 4"]
    with record():
        found = [each if isinstance(each, str | None) else each.name for each in Named.objects.all()]
        rows = [each if isinstance(each, str | None) else each.name for each in Named.objects.iterator()]
    assert found == rows == plain


class Amount:
    """A parameter of the program's own, which it has taught its driver."""

    asked: list[str] = []

    def __hash__(self) -> int:
        self.asked.append("hash")
        return 1

    def __eq__(self, other: object) -> bool:
        self.asked.append("eq")
        return True

    def __repr__(self) -> str:
        self.asked.append("repr")
        return "Amount()"

    def __bool__(self) -> bool:
        self.asked.append("bool")
        return True


class AmountDumper(adapt.Dumper):
    """Writes it as a number."""

    def dump(self, obj: Amount) -> bytes:
        return b"7"


def test_parameters_are_not_asked_to_hash_compare_or_show_themselves() -> None:
    connection.ensure_connection()
    connection.connection.adapters.register_dumper(Amount, AmountDumper)

    def work() -> list[str]:
        Amount.asked.clear()
        with connection.cursor() as cursor:
            for params in ([Amount()], (Amount(),), {"n": Amount()}, [[Amount()]]):
                name = "%(n)s" if isinstance(params, dict) else "%s"
                cursor.execute(f"SELECT {name}::text", params)
        return list(Amount.asked)

    plain = work()
    with record() as recording:
        assert work() == plain
    assert sum(group.count for group in recording.groups) == 4


def test_a_queryset_given_as_a_parameter_by_mistake_is_not_run() -> None:
    def work() -> int:
        with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
            with pytest.raises(Exception, match="adapt"):
                cursor.execute("SELECT %s", [[Tag.objects.all()]])
        return len(queries)

    plain = work()
    with record():
        assert work() == plain


def test_an_exception_of_the_program_is_not_asked_for_its_truth() -> None:
    class Refused(Exception):
        def __bool__(self) -> bool:
            raise AssertionError("asked for its truth")

    refused = Refused()
    cause = Refused()

    def refuse(*_: Any) -> None:
        raise refused from cause

    with record() as recording, connection.execute_wrapper(refuse), pytest.raises(Refused) as caught:
        list(Tag.objects.all())
    assert caught.value is refused
    assert refused.__cause__ is cause
    assert refused.__context__ is None
    assert recording.last.error == "Refused"


def test_a_coroutine_that_is_closed_in_another_context_closes_quietly() -> None:
    async def work() -> None:
        def wait() -> None:
            return None

        coroutine = sync_to_async(wait, thread_sensitive=False)()
        copy_context().run(coroutine.send, None)
        coroutine.close()

    asyncio.run(work())
    with record():
        asyncio.run(work())


def test_hooks_look_like_what_they_replace() -> None:
    def look(holder: Any, name: str) -> list[Any]:
        function = getattr(holder, name)
        return [
            inspect.signature(function),
            inspect.iscoroutinefunction(function),
            inspect.isgeneratorfunction(function),
            function.__module__,
            function.__doc__,
            pickle.dumps(function) if (holder, name) in own else None,
        ]

    own = [(holder, name) for holder, name in HOOKED if name in vars(holder)]
    plain = [look(*each) for each in HOOKED]
    with record():
        assert [look(*each) for each in HOOKED] == plain
        assert inspect.signature(SyncToAsync)
        assert inspect.getsource(models.QuerySet)


@isolate_apps("catalog")
def test_no_file_of_queryscope_stands_between_the_program_and_django() -> None:
    """Warnings that pass over Django's files end at the program's line."""
    seen: list[str] = []

    def look() -> None:
        frame: Any = sys._getframe(1)
        while frame.f_code.co_name != "work":
            seen.append(frame.f_code.co_filename)
            frame = frame.f_back

    class Manager(models.Manager):
        def get_queryset(self) -> Any:
            look()
            return super().get_queryset()

    class Named(models.Model):
        name = models.CharField(max_length=9)
        objects = Manager()

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_tag"

        @classmethod
        def from_db(cls, *args: Any, **kwargs: Any) -> Any:
            look()
            return super().from_db(*args, **kwargs)

    def looking(execute: Any, *args: Any) -> Any:
        look()
        return execute(*args)

    def work() -> None:
        with connection.execute_wrapper(looking):
            list(Named.objects.filter(pk__gte=0))
            list(Named.objects.raw("SELECT * FROM catalog_tag"))

    add_tags([], 2)
    work()
    plain = set(seen)
    seen.clear()
    with record():
        work()
    its_own = str(Path(django.__file__).parent)
    assert {name for name in seen if not name.startswith(its_own)} == plain & {__file__, contextlib.__file__}
    assert any("wrapped by queryscope" in name for name in seen)


@isolate_apps("catalog")
@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_warning_of_django_names_the_line_of_the_program(is_recorded: bool) -> None:
    class Old(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_tag"

        @classmethod
        def from_db(
            cls, db: Any, field_names: Any, values: Any
        ) -> Any:  # without the fetch mode of Django 6.1
            return super().from_db(db, field_names, values)

    add_tags([], 2)
    with (
        record() if is_recorded else contextlib.nullcontext(),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        list(Old.objects.all())
    expected = {__file__} if django.VERSION >= (6, 1) else set()
    assert {warning.filename for warning in caught} == expected
