"""Never in the way: hooks stand only while something records, and change nothing that the program sees."""

from __future__ import annotations

import copy
import gc
import itertools
import pickle
import subprocess
import sys
import weakref
from concurrent.futures import thread as pools
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base as postgresql
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Q
from django.db.models.query import ModelIterable, QuerySet, RawModelIterable, RawQuerySet
from django.test.utils import CaptureQueriesContext, isolate_apps

from catalog.models import Brand, Product, Tag
from queryscope.capture import hooks, replacing
from queryscope.capture.state import LOADED, MARK, OWN
from queryscope.model import AccessKind
from tests.capture.recording import ROOT, access_of, make_recorder, record, site_text
from tests.capture.shop import add_products, add_reviews, add_tags

pytestmark = pytest.mark.django_db

HOOKED = [
    (CursorWrapper, "_execute_with_wrappers"),
    (QuerySet, "__init__"),
    (RawQuerySet, "__init__"),
    (QuerySet, "_clone"),
    (QuerySet, "__getstate__"),
    (ModelIterable, "__iter__"),
    (RawModelIterable, "__iter__"),
    (SyncToAsync, "__call__"),
    (BaseDatabaseWrapper, "connect"),
    (BaseDatabaseWrapper, "set_autocommit"),
    (BaseDatabaseWrapper, "_commit"),
    (BaseDatabaseWrapper, "_rollback"),
    (BaseDatabaseWrapper, "close"),
    (CursorWrapper, "callproc"),
    (postgresql.Cursor, "copy"),
    (postgresql.Cursor, "stream"),
    (postgresql.ServerBindingCursor, "copy"),
    (postgresql.ServerBindingCursor, "stream"),
    (Thread, "start"),
    (Thread, "_bootstrap_inner"),
    (pools._WorkItem, "__init__"),
    (pools._WorkItem, "run"),
]


def attributes() -> list[Any]:
    """Every attribute that could be replaced, by identity."""
    classes = {holder for holder, _ in HOOKED} | {models.Model, models.base.ModelState, models.Manager}
    found = [(each, name, value) for each in classes for name, value in vars(each).items()]
    return sorted(((each.__name__, name, id(value)) for each, name, value in found), key=str)


def test_everything_is_put_back_by_identity() -> None:
    before = attributes()
    with record():
        assert attributes() != before
        assert all(vars(holder)[name].__wrapped__ for holder, name in HOOKED)
    assert attributes() == before


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_everything_is_put_back_in_any_order_of_ending(order: tuple[int, ...]) -> None:
    before = attributes()
    recorders = [make_recorder().start() for _ in range(3)]
    for index in order:
        assert attributes() != before
        recorders[index].stop()
    assert attributes() == before


def test_hooks_keep_the_names_of_what_they_replace() -> None:
    with record():
        for holder, name in HOOKED:
            replaced = vars(holder)[name]
            owner = "Cursor" if name in ("copy", "stream") else holder.__name__  # psycopg's own
            assert (replaced.__name__, replaced.__qualname__) == (name, f"{owner}.{name}")


def test_every_hook_is_among_those_that_are_put_back() -> None:
    with record():
        assert [(holder, name) for holder, name, *_ in replacing._replaced] == HOOKED


def through(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    return execute(sql, params, many, context)


def test_the_lists_of_wrappers_are_the_programs_own() -> None:
    other = connection.execute_wrapper(through)
    recorder = make_recorder().start()
    with other:
        list(Tag.objects.all())
        assert connection.execute_wrappers == [through]
        recorder.stop()
        assert connection.execute_wrappers == [through]
    with connection.execute_wrapper(through), record() as recording:
        list(Tag.objects.all())
    assert connection.execute_wrappers == []
    assert recording.last.count == 1


def test_another_tool_that_wraps_a_hook_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    original = QuerySet.__dict__["_clone"]
    recorder = make_recorder().start()
    ours = QuerySet.__dict__["_clone"]

    def theirs(self: Any) -> Any:
        calls.append("theirs")
        return ours(self)

    monkeypatch.setattr(QuerySet, "_clone", theirs)
    recorder.stop()
    assert QuerySet.__dict__["_clone"] is theirs
    products = Product.objects.all().filter(name="x")
    assert calls
    assert MARK not in products.__dict__
    monkeypatch.setattr(QuerySet, "_clone", original)


def test_without_a_recorder_in_this_context_the_hooks_are_inert() -> None:
    from contextvars import Context

    add_products(1)

    def work() -> tuple[Any, Any]:
        products = Product.objects.filter(price__gte=0)
        return products, next(iter(products))

    with record() as recording:
        products, product = Context().run(work)
    assert not set(OWN) & set(products.__dict__)
    assert MARK not in product._state.__dict__
    assert recording.groups == ()


def test_marks_are_plain_numbers_and_strings() -> None:
    reviews = add_reviews(add_products(1), comments=1)
    with record():
        products = Product.objects.select_related("brand").prefetch_related("tags")
        product = next(iter(products))
        comments = reviews[0].comments.all()
        list(comments)
    for holder in (products, comments, product._state, product.brand._state):
        for name in OWN:
            assert_plain(holder.__dict__.get(name))


def assert_plain(value: Any) -> None:
    if isinstance(value, tuple):
        for each in value:
            assert_plain(each)
    else:
        assert value is None or type(value) in (int, str), value


def test_pickled_querysets_carry_no_marks() -> None:
    add_tags(add_products(2))
    plain = set(Product.objects.filter(price__gte=0).prefetch_related("tags").__getstate__())
    with record():
        products = Product.objects.filter(price__gte=0).prefetch_related("tags")
        data = pickle.dumps(products)
        assert set(products.__getstate__()) == plain
    loaded = pickle.loads(data)
    assert not set(OWN) & set(loaded.__dict__)
    assert [product.name for product in loaded] == ["product 0", "product 1"]


def test_the_query_of_a_queryset_pickles_as_before() -> None:
    products = Product.objects.filter(Q(price__gte=0) | Q(name="x")).annotate(Count("tags"))
    with record():
        recorded = Product.objects.filter(Q(price__gte=0) | Q(name="x")).annotate(Count("tags"))
        assert str(recorded.query) == str(products.query)
        assert len(pickle.dumps(recorded.query)) == len(pickle.dumps(products.query))


def test_pickled_instances_load_in_a_process_that_knows_nothing_of_queryscope() -> None:
    add_products(1)
    with record():
        data = pickle.dumps(Product.objects.select_related("brand").get())
    code = (
        "import sys; sys.path.insert(0, 'sample_project'); sys.modules['queryscope.capture'] = None\n"
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "from django.conf import settings; settings.INSTALLED_APPS.remove('queryscope')\n"
        "django.setup(); import pickle\n"
        f"product = pickle.loads(bytes.fromhex('{data.hex()}')); print(product.name, product.brand.name)"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stdout == "product 0 brand 0\n", ended.stderr


def test_marks_from_another_process_mean_nothing_here() -> None:
    add_products(2)
    with record():
        foreign = Product.objects.filter(price__gte=0)
    foreign.__dict__[MARK] = (*foreign.__dict__[MARK][:-1], 1)  # pickled after its recording, elsewhere
    with record() as recording:
        list(foreign)
        list(foreign.order_by("pk"))
    first, second = recording.groups
    assert first.site is not None
    assert first.site.frame is None
    assert site_text(second) == 'foreign.order_by("pk")'


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copies_of_instances_and_querysets_behave_as_before(duplicate: Any) -> None:
    add_products(2)
    with record() as recording:
        products = Product.objects.order_by("pk")
        again = duplicate(products)
        assert [each.name for each in again] == ["product 0", "product 1"]
        product = duplicate(again[0])
        assert product == again[0]
        _ = product.brand
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).owner_group is not None


@isolate_apps("catalog")
def test_custom_equality_hashing_and_attribute_access_are_left_alone() -> None:
    class Strange(models.Model):
        brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_product"

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(self) -> int:
            raise AssertionError("hashed")

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_queryscope"):
                raise AssertionError(name)
            raise AttributeError(name)

        def __bool__(self) -> bool:
            raise AssertionError("asked for its truth")

    add_products(2)
    with record() as recording:
        for each in Strange.objects.select_related("brand"):
            _ = each.brand.company
            each.refresh_from_db()
            each.save()
    assert recording.of(AccessKind.FORWARD, "company").owners == 2


class Unusual(QuerySet):
    """A queryset with an __init__, a _clone and a truth of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flag = 0

    def _clone(self) -> Any:
        clone = super()._clone()
        clone.flag = self.flag + 1
        return clone

    def __bool__(self) -> bool:
        raise AssertionError("evaluated")

    def __len__(self) -> int:
        raise AssertionError("evaluated")


def test_querysets_of_every_making_work_and_are_never_evaluated_by_the_profiler() -> None:
    add_products(2)
    with record() as recording:
        products = Unusual(Product).filter(price__gte=0).order_by("pk")
        assert products.flag == 2
        assert [each.name for each in products] == ["product 0", "product 1"]
    assert recording.last.count == 1
    assert site_text(recording.last) == "Unusual(Product)"


def test_building_querysets_runs_nothing() -> None:
    with record() as recording, CaptureQueriesContext(connection) as queries:
        products = Product.objects.filter(price__gte=0).select_related("brand").prefetch_related("tags")
        _ = products | Product.objects.filter(name="x")
        _ = products.union(Product.objects.all())
        _ = products[:3]
        _ = products.filter(brand__in=Brand.objects.filter(name="x"))
    assert len(queries) == 0
    assert recording.groups == ()


def test_django_counts_the_same_queries(django_assert_num_queries: Any) -> None:
    add_tags(add_products(3))

    def work() -> None:
        for product in Product.objects.prefetch_related("tags"):
            _ = product.brand.company
            product.tags.count()
            with transaction.atomic():
                product.save()

    with CaptureQueriesContext(connection) as plain:
        work()
    with record() as recording, django_assert_num_queries(len(plain)):
        work()
    assert sum(group.count for group in recording.trace.groups) == len(plain)
    with CaptureQueriesContext(connection) as again:
        work()
    shapes = [query["sql"].partition(" ")[0] for query in plain.captured_queries]
    assert [query["sql"].partition(" ")[0] for query in again.captured_queries] == shapes


def test_routers_see_no_other_hints() -> None:
    class Router:
        """Takes no **hints at all but the documented one."""

        def db_for_read(self, model: Any, instance: Any = None) -> str:
            return "default"

    from django.test import override_settings

    add_products(1)
    with override_settings(DATABASE_ROUTERS=[Router()]), record() as recording:
        for product in Product.objects.all():
            list(product.tags.all())
    assert recording.of(AccessKind.MANY_TO_MANY, "tags").count == 1


def test_no_instance_queryset_or_exception_is_kept_alive() -> None:
    add_products(3)
    gc.collect()
    gc.disable()
    try:
        with record():
            products = Product.objects.select_related("brand").all()
            alive = [weakref.ref(product) for product in products]
            alive += [weakref.ref(product.brand) for product in products]
            alive += [weakref.ref(product.category) for product in products]
            alive.append(weakref.ref(products))
            del products
            assert [each() for each in alive] == [None] * 10
    finally:
        gc.enable()


def test_iterators_that_are_left_early_close_their_cursors() -> None:
    add_products(3)
    with record() as recording, transaction.atomic():
        rows = Product.objects.order_by("pk").iterator(chunk_size=1)
        next(rows)
        rows.close()
        list(Tag.objects.all())
    assert [group.count for group in recording.groups] == [1, 1]


def test_the_state_of_transactions_is_untouched() -> None:
    with record():
        assert connection.in_atomic_block
        depth = len(connection.savepoint_ids)
        with transaction.atomic():
            assert len(connection.savepoint_ids) == depth + 1
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            1 / 0  # noqa: B018
        assert not connection.needs_rollback
        assert connection.get_autocommit() is False or connection.in_atomic_block


def test_refresh_from_db_and_fields_behave_as_before() -> None:
    [product] = add_products(1)
    with record():
        loaded = Product.objects.get()
        Product.objects.update(name="other")
        loaded.refresh_from_db()
        assert loaded.name == "other"
        assert loaded == product
        assert [field.name for field in loaded._meta.fields] == [f.name for f in product._meta.fields]
        assert MARK not in loaded.__dict__
        assert LOADED not in loaded.__dict__


def test_an_installation_that_fails_half_way_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = attributes()

    def fail(original: Any) -> Any:
        raise LookupError

    monkeypatch.setattr(hooks, "_hook_iter", fail)
    with pytest.raises(LookupError):
        hooks.install()
    assert attributes() == before
    monkeypatch.undo()
    with record() as recording:
        list(Tag.objects.all())
    assert recording.last.count == 1
    assert attributes() == before


def test_a_connection_opened_later_is_seen_and_left_as_it_was() -> None:
    other = connection.copy()
    try:
        with record() as recording, other.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert other.execute_wrappers == []
        assert recording.last.count == 1
    finally:
        other.close()
