"""The hook that sees reads stands only while it is asked for, and changes nothing that the program sees."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Model, query
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils.functional import cached_property

from catalog.models import Brand, Product, Tag
from queryscope.capture.loaded import WATCHED
from queryscope.capture.read_hook import LOADS
from queryscope.capture.state import FAULTS
from tests.capture.recording import make_recorder, record
from tests.capture.shop import add_products, add_tags

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    FAULTS.clear()
    yield
    assert FAULTS.count == 0


def test_without_the_setting_nothing_is_observed_and_no_hook_stands() -> None:
    add_products(1)
    with record() as recording:
        assert "__getattribute__" not in vars(Model)
        assert query.prefetch_one_level.__module__ == "django.db.models.query"
        _ = Brand.objects.get().name
    assert (recording.trace.loads, recording.trace.saw_reads) == ((), False)


def test_everything_is_put_back_by_identity() -> None:
    before = dict(vars(Model)), query.prefetch_one_level
    with record(reads=True):
        assert "__getattribute__" in vars(Model)
        assert query.prefetch_one_level is not before[1]
        list(Brand.objects.all())
    assert (dict(vars(Model)), query.prefetch_one_level) == before
    assert Model.__getattribute__ is object.__getattribute__
    assert (WATCHED, LOADS) == ({}, {})


def test_another_tool_that_wraps_the_hook_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    add_products(1)
    names: list[str] = []
    recorder = make_recorder(reads=True).start()
    ours = vars(Model)["__getattribute__"]

    def theirs(self: Any, name: str) -> Any:
        names.append(name)
        return ours(self, name)

    monkeypatch.setattr(Model, "__getattribute__", theirs)
    recorder.stop()
    assert Brand.objects.get().name == "brand 0"
    assert "name" in names
    with record(reads=True) as recording:
        _ = Brand.objects.get().name
    assert recording.trace.notes == ("what was read is not known: Model.__getattribute__ is not Django's",)
    assert (recording.trace.loads, recording.trace.saw_reads) == ((), False)
    monkeypatch.undo()
    del Model.__getattribute__
    assert FAULTS.count == 0


def test_what_was_unread_is_watched_no_longer_than_its_recorder_runs() -> None:
    add_products(2)
    with record(reads=True):
        first, second = Brand.objects.all()
        assert WATCHED["slug"] == 1
        _ = first.slug, second.slug
        assert "slug" not in WATCHED
        list(Brand.objects.order_by("slug"))
        assert (WATCHED["slug"], WATCHED["name"]) == (1, 2)
    assert WATCHED == {}


def test_a_model_whose_base_hides_reads_behind_django_keeps_its_own_way() -> None:
    add_products(1)

    class Hiding:
        def __getattribute__(self, name: str) -> Any:
            return "hidden" if name == "secret" else object.__getattribute__(self, name)

    with isolate_apps("tests.capture"):

        class Hidden(models.Model, Hiding):
            class Meta:
                app_label = "tests"

    with record(reads=True) as recording:
        assert Hidden().secret == "hidden"
        _ = Brand.objects.get().name
    [note] = recording.trace.notes
    assert note.startswith("what was read is not known: ")
    assert note.endswith("Hidden has a __getattribute__ behind Model's")
    assert not recording.trace.saw_reads
    Hidden.__bases__ = (models.Model,)  # other tests walk over it until it is collected


def make_models() -> tuple[Any, Any, Any]:
    """A parent, its child and a proxy over the tables of the shop, with everything that a class can have."""
    with isolate_apps("tests.capture"):

        class Thing(models.Model):
            name = models.TextField()
            slug = models.TextField()

            class Meta:
                app_label = "tests"
                managed = False
                db_table = "catalog_brand"

            kind = "class attribute"

            @property
            def title(self) -> str:
                return self.name.title()

            @property
            def failing(self) -> str:
                raise AttributeError("as it happens")

            @cached_property
            def length(self) -> int:
                return len(self.name)

            def greet(self, word: str = "hello") -> str:
                return f"{word} {self.name}"

            def __getattr__(self, name: str) -> str:
                if name.startswith("any_"):
                    return name
                raise AttributeError(f"no {name}")

        class Slotted(Thing):
            __slots__ = ("place",)

            class Meta:
                proxy = True
                app_label = "tests"

        class Guarded(Thing):
            class Meta:
                proxy = True
                app_label = "tests"

            def __getattribute__(self, name: str) -> Any:
                return "guarded" if name == "slug" else super().__getattribute__(name)

    return Thing, Slotted, Guarded


def told(function: Any, *args: Any) -> Any:
    """What a call gives: its value, or its exception with all that it says."""
    try:
        return function(*args)
    except Exception as error:
        return type(error), str(error), getattr(error, "name", None), type(getattr(error, "obj", None))


NAMES = "name pk kind title failing length slug any_thing nothing place _meta __class__ __doc__"


def everything(model: Any) -> list[Any]:
    """What the program sees of an instance, by whatever way it asks."""
    thing = model.objects.only("name").get()
    seen = [told(getattr, thing, name) for name in NAMES.split()]
    thing.place = 5
    seen += [thing.greet(word="hi"), model.greet(thing), thing.length, hasattr(thing, "nothing"), repr(thing)]
    seen += [getattr(thing, "nothing", 7), isinstance(thing, Model), isinstance(thing, model), type(thing)]
    seen += [thing.place, sorted(set(vars(thing))), sorted(set(dir(thing))), thing.get_deferred_fields()]
    seen += [told(delattr, thing, "name"), told(lambda: thing.name), thing.__class__ is model]
    bare = model.__new__(model)
    seen += [told(getattr, bare, "name"), told(getattr, bare, "_state"), told(repr, bare)]
    return seen


def test_attributes_methods_and_exceptions_are_as_ever() -> None:
    add_products(1)
    for model in make_models():
        plain = everything(model)
        with record(reads=True):
            assert everything(model) == plain
        assert everything(model) == plain


def test_related_objects_and_their_exceptions_are_as_ever() -> None:
    add_tags(add_products(2))

    def work() -> list[Any]:
        rows = Product.objects.select_related("warranty", "brand").prefetch_related("tags").order_by("pk")
        seen: list[Any] = []
        for product in rows:
            seen.append(told(getattr, product, "warranty"))
            seen.append((product.brand, list(product.tags.all()), product.tags.count()))
            with pytest.raises(ObjectDoesNotExist):
                _ = product.stock
        seen.append(told(lambda: rows[0].tags.get(pk=-1)))
        for copied in (pickle.loads(pickle.dumps(list(rows))), copy.copy(rows[0]), copy.deepcopy(rows[0])):
            seen.append((copied, sorted(vars(copied)) if isinstance(copied, Product) else None))
        return seen

    plain = work()
    with record(reads=True):
        assert work() == plain


@pytest.mark.parametrize("is_recorded", [False, True])
def test_the_same_queries_run(is_recorded: bool, django_assert_num_queries: Any) -> None:
    add_tags(add_products(3))
    with record(reads=True) if is_recorded else nullcontext():
        with django_assert_num_queries(6):
            for product in Product.objects.only("name").prefetch_related("tags"):
                assert product.slug.startswith("product")
                assert len(product.tags.all()) == 2
            assert Tag.objects.first() is not None


def test_saving_copying_and_refreshing_do_what_they_do() -> None:
    add_products(1)
    with record(reads=True):
        brand = Brand.objects.get()
        brand.name = "other"
        brand.save()
        Brand.objects.update(slug="moved")
        assert (brand.slug, brand.name) == ("brand-0", "other")
        brand.refresh_from_db()
        assert brand.slug == "moved"
        brand.pk = None
        brand.name, brand.slug = "copy", "copy"
        brand.save()
    assert Brand.objects.count() == 2


def test_a_traceback_ends_where_it_ended() -> None:
    add_products(1)
    thing_model, *_ = make_models()
    with record(reads=True):
        thing = thing_model.objects.get()
        with pytest.raises(AttributeError) as caught:
            _ = Product().nothing
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[0] == "test_a_traceback_ends_where_it_ended"
    assert thing.name == "brand 0"


def test_instances_that_no_query_loaded_are_left_alone() -> None:
    add_products(1)
    with record(reads=True) as recording:
        list(Brand.objects.all())
        made = Brand(name="made", slug="made")
        assert (made.name, made.slug) == ("made", "made")
    [load] = recording.trace.loads
    assert load.columns_read == ()


def test_an_instance_whose_recorder_has_ended_is_read_without_a_word() -> None:
    add_products(1)
    with record(reads=True):
        brand = Brand.objects.get()
    with record(reads=True) as recording, CaptureQueriesContext(query.connections["default"]) as queries:
        list(Brand.objects.all())
        assert brand.slug == "brand-0"
    assert len(queries) == 1
    assert recording.trace.loads[0].columns_read == ()
