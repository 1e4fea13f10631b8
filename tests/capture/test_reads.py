"""Which columns and relations of loaded instances the program reads."""

from __future__ import annotations

import copy
import pickle
import threading
from collections import UserString
from operator import attrgetter
from typing import Any

import django
import pytest
from asgiref.sync import sync_to_async
from django.core import serializers
from django.db import connection, models
from django.db.models import Count, F, Model, Prefetch
from django.db.models.signals import post_init
from django.forms.models import model_to_dict
from django.template import Context, Template
from django.test.utils import isolate_apps

from catalog.models import Brand, Company, Product, Stock, Tag
from queryscope.capture.loaded import WATCHED
from queryscope.capture.reads import size_of
from queryscope.capture.state import FAULTS
from queryscope.model import AccessKind, Load
from reviews.models import Comment, Review
from tests.capture.recording import Recording, access_of, make_recorder, record
from tests.capture.shop import add_comment, add_products, add_reviews, add_tags

pytestmark = pytest.mark.django_db


def load_of(recording: Recording, model: str, path: str = "") -> Load:
    """The only load of that model under that path."""
    assert FAULTS.count == 0
    assert recording.trace.saw_reads
    found = [load for load in recording.trace.loads if (load.model, load.path) == (model, path)]
    assert len(found) == 1, recording.trace.loads
    return found[0]


def brands(recording: Recording) -> Load:
    return load_of(recording, "catalog.Brand")


def products(recording: Recording, path: str = "") -> Load:
    return load_of(recording, "catalog.Product", path)


def test_columns_are_told_apart_by_whether_they_were_read() -> None:
    add_products(3)
    with record(reads=True) as recording:
        for brand in Brand.objects.all():
            _ = brand.name
    load = brands(recording)
    assert load.columns == ("id", "name", "slug", "company_id")
    assert load.columns_read == ("name",)
    assert (load.group, load.instances, load.is_escaped) == (0, 3, False)


def test_one_instance_that_is_read_is_enough() -> None:
    add_products(3)
    with record(reads=True) as recording:
        *_, last = Brand.objects.all()
        _ = last.slug
    assert brands(recording).columns_read == ("slug",)


def test_deferred_columns_are_not_loaded_and_their_loading_reads_nothing_else() -> None:
    add_products(1)
    with record(reads=True) as recording:
        brand = Brand.objects.only("name").get()
        _ = brand.slug
    first, later = recording.trace.loads
    assert (first.columns, first.columns_read, first.is_escaped) == (("id", "name"), ("id",), False)
    assert later.columns == later.columns_read == ("id", "slug")  # copied from the row that was fetched


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda brand: brand.pk, ("id",)),
        (lambda brand: brand == Brand(pk=-1), ("id",)),
        (hash, ("id",)),
        (str, ("name",)),
        (lambda brand: repr(brand), ("name",)),
        (lambda brand: hasattr(brand, "slug"), ("slug",)),
        (attrgetter("slug"), ("slug",)),
        (lambda brand: brand.serializable_value("company"), ("company_id",)),
        (lambda brand: Template("{{ brand.slug }}").render(Context({"brand": brand})), ("slug",)),
        (model_to_dict, ("id", "name", "slug", "company_id")),
        (lambda brand: serializers.serialize("json", [brand]), ("id", "name", "slug", "company_id")),
        (lambda brand: Brand.objects.bulk_update([brand], ["slug"]), ("id", "slug")),
        (lambda brand: isinstance(brand, Brand), ()),
        (lambda brand: brand._state.db, ()),
        (lambda brand: brand.get_deferred_fields(), ()),
        (lambda brand: brand._meta.label, ()),
        (lambda brand: setattr(brand, "slug", "x"), ()),
    ],
)
def test_what_reads_which_column(read: Any, expected: tuple[str, ...]) -> None:
    add_products(1)
    with record(reads=True) as recording:
        read(Brand.objects.get())
    load = brands(recording)
    assert load.columns_read == expected
    assert not load.is_escaped


@pytest.mark.parametrize(
    "escape",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        vars,
        dir,
        lambda brand: brand.__dict__,
        lambda brand: brand.__getstate__(),
        lambda brand: brand.save(),
        lambda brand: brand.save(update_fields=["slug"]),
        lambda brand: Model.save(brand),
        lambda brand: brand.refresh_from_db(),
        lambda brand: (
            brand._prefetched_objects_cache if hasattr(brand, "_prefetched_objects_cache") else None
        ),
    ],
)
def test_what_makes_a_load_escape_reads_everything(escape: Any) -> None:
    add_products(1)
    with record(reads=True) as recording:
        escape(Brand.objects.get())
    load = next(load for load in recording.trace.loads if load.group == 0)
    assert load.is_escaped
    assert load.columns_read == load.columns == ("id", "name", "slug", "company_id")


def test_a_pickle_takes_the_related_instances_along() -> None:
    add_tags(add_products(1))
    with record(reads=True) as recording:
        rows = Product.objects.select_related("brand").prefetch_related("tags")
        pickle.dumps(list(rows))
    assert [load.is_escaped for load in recording.trace.loads] == [True, True, True]
    assert products(recording).relations_read == ("brand", "tags")


def test_annotations_are_plain_attributes_and_are_seen() -> None:
    add_products(2)
    with record(reads=True) as recording:
        rows = Brand.objects.annotate(sold=Count("products"), title=F("name")).extra(select={"one": "1"})
        _ = rows[0].sold
    load = brands(recording)
    assert load.annotations == ("sold", "title", "one") or set(load.annotations) == {"sold", "title", "one"}
    assert load.annotations_read == ("sold",)


def test_raw_querysets_tell_their_columns_and_annotations() -> None:
    add_products(1)
    with record(reads=True) as recording:
        [brand] = Brand.objects.raw("SELECT id, slug, length(name) AS length FROM catalog_brand")
        _ = brand.length
    load = brands(recording)
    assert (load.columns, load.columns_read) == (("id", "slug"), ())
    assert (load.annotations, load.annotations_read) == (("length",), ("length",))


def test_joined_relations_and_the_columns_behind_them() -> None:
    add_products(2)
    with record(reads=True) as recording:
        for product in Product.objects.select_related("brand__company", "category"):
            _ = product.brand.name
    load = products(recording)
    assert (load.select_related, load.relations_read) == (("brand", "category"), ("brand",))
    assert load.columns_read == ()
    brand = load_of(recording, "catalog.Brand", "brand")
    assert (brand.columns_read, brand.select_related, brand.relations_read) == (("name",), ("company",), ())
    assert load_of(recording, "catalog.Company", "brand__company").columns_read == ()
    assert load_of(recording, "catalog.Category", "category").instances == 2


def test_reverse_one_to_one_relations_are_joined_by_their_query_name() -> None:
    add_products(2, stock=True)
    with record(reads=True) as recording:
        for product in Product.objects.select_related("stock", "warranty"):
            _ = product.stock.shelf
            _ = getattr(product, "warranty", None)
    load = products(recording)
    assert load.select_related == ("stock", "warranty")
    assert load.relations_read == ("stock", "warranty")  # asking for what is missing reads it
    assert load_of(recording, "catalog.Stock", "stock").columns_read == ("shelf",)


def test_paths_that_are_empty_in_the_first_row_are_met_later() -> None:
    first, second = add_products(2)
    Stock.objects.create(product=second, quantity=1, shelf="b")
    with record(reads=True) as recording:
        rows = list(Product.objects.select_related("stock").order_by("pk"))
        _ = rows[1].stock.quantity
    load = load_of(recording, "catalog.Stock", "stock")
    assert (rows[0].pk, load.instances, load.columns_read) == (first.pk, 1, ("quantity",))


def test_only_and_select_related_tell_the_columns_of_each_path() -> None:
    add_products(1)
    with record(reads=True) as recording:
        list(Product.objects.select_related("brand").only("name", "brand__slug"))
    assert products(recording).columns == ("id", "name", "brand_id")
    assert load_of(recording, "catalog.Brand", "brand").columns == ("id", "slug")


def test_a_prefetch_that_nobody_reads_is_unread_though_django_links_it() -> None:
    add_tags(add_products(2))
    with record(reads=True) as recording:
        list(Product.objects.prefetch_related("tags", "brand__company"))
    load = products(recording)
    assert (load.prefetch_related, load.relations_read) == (("tags", "brand"), ())
    brand = brands(recording)
    assert (brand.prefetch_related, brand.relations_read, brand.columns_read) == (("company",), (), ())
    assert load.columns_needed == ("id", "brand_id")
    assert brand.columns_needed == ("id", "company_id")


def test_reading_the_manager_reads_the_prefetch() -> None:
    add_tags(add_products(2))
    with record(reads=True) as recording:
        for product in Product.objects.prefetch_related("tags", "reviews"):
            _ = [tag.name for tag in product.tags.all()]
    assert products(recording).relations_read == ("tags",)
    assert load_of(recording, "catalog.Tag").columns_read == ("name",)


def test_a_prefetch_under_another_name_is_known_by_it() -> None:
    add_tags(add_products(2))
    with record(reads=True) as recording:
        best = Prefetch("tags", Tag.objects.order_by("slug"), to_attr="best")
        unused = Prefetch("tags", to_attr="unused")
        for product in Product.objects.prefetch_related(best, unused):
            _ = product.best
    load = products(recording)
    assert (load.prefetch_related, load.relations_read) == (("best", "unused"), ("best",))


def test_reverse_relations_link_back_without_being_read() -> None:
    add_products(2, brands=1)
    with record(reads=True) as recording:
        [brand] = Brand.objects.prefetch_related("products")
        _ = [product.name for product in brand.products.all()]
    load = products(recording)
    assert load.columns_read == ("name",)
    assert load.columns_needed == ("brand_id",)
    assert brands(recording).relations_read == ("products",)


def test_generic_relations_in_both_directions() -> None:
    [review] = add_reviews(add_products(1), comments=2)
    add_comment(review)
    with record(reads=True) as recording:
        for comment in Comment.objects.prefetch_related("subject"):
            _ = comment.subject
        list(Review.objects.prefetch_related("comments"))
    first, *_, last = [load for load in recording.trace.loads if load.model.startswith("reviews.")]
    assert (first.prefetch_related, first.relations_read) == (("subject",), ("subject",))
    assert set(first.columns_needed) == {"content_type_id", "object_id"}
    unread = next(load for load in recording.trace.loads if load.prefetch_related == ("comments",))
    assert (unread.model, unread.relations_read) == ("reviews.Review", ())
    assert last.model == "reviews.Comment"


def test_a_relation_that_was_not_loaded_ahead_is_none_of_the_loaded() -> None:
    add_products(1)
    with record(reads=True) as recording:
        _ = Product.objects.get().brand.name
    load = products(recording)
    assert (load.select_related, load.prefetch_related, load.relations_read) == ((), (), ())
    assert load.columns_needed == ("brand_id",)
    assert brands(recording).columns_read == ("name",)


def test_two_querysets_of_one_model_are_never_mixed_up() -> None:
    add_products(2)
    with record(reads=True) as recording:
        first, second = Brand.objects.order_by("pk"), Brand.objects.order_by("-pk")
        for one, other in zip(first, second, strict=True):
            _ = one.name, other.slug
    assert [load.columns_read for load in recording.trace.loads] == [("name",), ("slug",)]


def test_groups_that_come_to_one_have_one_load() -> None:
    add_products(3)
    with record(reads=True) as recording:
        for literal, name in (("1", "name"), ("2", "slug")):
            for brand in Brand.objects.extra(where=[f"{literal} > 0"]):
                getattr(brand, name)
    [load] = recording.trace.loads
    assert (load.instances, load.columns_read) == (6, ("name", "slug"))


def test_loads_stand_at_the_place_of_their_group() -> None:
    add_products(2)
    with record(reads=True) as recording:
        for literal in ("1", "2"):
            for product in Product.objects.extra(where=[f"{literal} > 0"]):
                _ = product.brand.company
    labels = {load.group: load.model for load in recording.trace.loads}
    assert labels == {0: "catalog.Product", 1: "catalog.Brand", 2: "catalog.Company"}


def test_instances_that_nobody_iterates_over_to_the_end_are_counted_as_far() -> None:
    add_products(3)
    with record(reads=True) as recording:
        for _ in Brand.objects.iterator():
            break
    assert brands(recording).instances == 1


def test_threads_share_what_is_read() -> None:
    add_products(1)
    with record(reads=True) as recording:
        brand = Brand.objects.get()
        thread = threading.Thread(target=lambda: brand.slug)
        thread.start()
        thread.join()
    assert brands(recording).columns_read == ("slug",)


def test_a_read_belongs_to_the_recorder_that_loaded() -> None:
    add_products(1)
    with record(reads=True) as outer:
        outside = Brand.objects.get()
        with record(reads=True) as inner:
            inside = Company.objects.get()
            _ = outside.slug, inside.name
        _ = inside.country  # its unit is over
    assert brands(outer).columns_read == ("slug",)
    assert load_of(inner, "catalog.Company").columns_read == ("name",)
    assert [load.model for load in outer.trace.loads] == ["catalog.Brand"]


def test_recorders_end_in_any_order() -> None:
    add_products(1)
    outer = make_recorder(reads=True).start()
    inner = make_recorder(reads=True).start()
    company = Company.objects.get()
    outer.stop()
    _ = company.name
    inner.stop()
    assert inner.reads is not None
    assert "name" not in next(iter(inner.reads.loads.values())).unread
    assert "__getattribute__" not in vars(Model)
    assert WATCHED == {}


def test_a_filter_passes_the_prefetch_by_and_its_query_says_so() -> None:
    add_tags(add_products(2))
    with record(reads=True) as recording:
        for product in Product.objects.prefetch_related("tags"):
            list(product.tags.filter(name="tag 0"))
    load = products(recording)
    assert (load.prefetch_related, load.relations_read) == (("tags",), ("tags",))
    access = access_of(recording.of(AccessKind.MANY_TO_MANY, "tags"))
    assert (access.owner_group, access.owner_path, access.is_plain) == (load.group, load.path, False)


@pytest.mark.django_db(transaction=True)
async def test_coroutines_and_their_worker_threads_read_for_their_recorder() -> None:
    await sync_to_async(add_products)(2)
    with record(reads=True) as recording:
        async for product in Product.objects.select_related("brand").order_by("pk"):
            _ = product.name
            await sync_to_async(lambda instance: instance.brand.slug)(product)
        async for brand in Brand.objects.aiterator(chunk_size=1):
            await brand.arefresh_from_db(fields=["name"])
    assert products(recording).columns_read == ("name",)
    assert load_of(recording, "catalog.Brand", "brand").columns_read == ("slug",)
    assert [load.is_escaped for load in recording.trace.loads] == [False, False, True, False]


@isolate_apps("tests.capture")
def test_the_parent_that_is_made_of_a_child_reads_what_it_takes() -> None:
    class Place(models.Model):
        name = models.TextField()
        city = models.TextField()

        class Meta:
            app_label = "capture"

    class Shop(Place):
        owner = models.TextField()

        class Meta:
            app_label = "capture"

    with connection.schema_editor() as editor:
        editor.create_model(Place)
        editor.create_model(Shop)
    Shop.objects.create(name="a", city="b", owner="c")
    with record(reads=True) as recording:
        shop = Shop.objects.get()
        _ = shop.owner
    assert load_of(recording, "capture.Shop").columns == ("id", "name", "city", "place_ptr_id", "owner")
    assert load_of(recording, "capture.Shop").columns_read == ("owner",)
    with record(reads=True) as recording:
        assert Shop.objects.get().place_ptr.name == "a"
    assert load_of(recording, "capture.Shop").columns_read == ("id", "name", "city")
    with record(reads=True) as recording:
        [place] = Place.objects.select_related("shop")
        _ = place.shop.owner
    assert load_of(recording, "capture.Place").relations_read == ("shop",)
    assert load_of(recording, "capture.Shop", "shop").columns_read == ("owner",)


if django.VERSION >= (6, 1):  # fetch modes came with it

    def test_peers_that_are_fetched_count_as_a_prefetch_that_was_read() -> None:
        from django.db.models import FETCH_PEERS

        add_products(3)
        with record(reads=True) as recording:
            for product in Product.objects.fetch_mode(FETCH_PEERS).defer("description"):
                _ = product.brand.name
                _ = product.description
        load = next(load for load in recording.trace.loads if load.group == 0)
        assert (load.prefetch_related, load.relations_read) == (("brand",), ("brand",))
        assert (load.columns_read, load.is_escaped) == ((), False)


def test_no_instance_is_kept_alive() -> None:
    import gc
    import weakref

    add_products(1)
    with record(reads=True) as recording:
        brand = Brand.objects.select_related("company").get()
        kept = weakref.ref(brand), weakref.ref(brand.company)
        del brand
        gc.collect()
        assert [each() for each in kept] == [None, None]
    assert recording.trace.saw_reads


def test_what_the_recorder_holds_is_bounded_by_its_groups() -> None:
    add_products(1)
    with record(reads=True) as recording:
        for _ in range(300):
            _ = Brand.objects.select_related("company").get().company.name
    assert recording.recorder.reads is not None
    assert len(recording.recorder.reads.loads) == 2
    assert brands(recording).instances == 300


@isolate_apps("tests.capture")
def test_a_model_with_code_of_its_own_around_creation_escapes() -> None:
    add_products(1)

    class Meta:
        managed = False
        app_label = "tests"
        db_table = "catalog_brand"

    def make(name: str, **attributes: Any) -> Any:
        fields = {
            "name": models.TextField(),
            "slug": models.TextField(),
            "Meta": Meta,
            "__module__": __name__,
        }
        return type(name, (models.Model,), fields | attributes)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        models.Model.__init__(self, *args, **kwargs)
        self.old = self.slug

    def __getattribute__(self: Any, name: str) -> Any:
        return object.__getattribute__(self, name)

    Listened = make("Listened")
    post_init.connect(lambda **_: None, sender=Listened, weak=False)
    with record(reads=True) as recording:
        _ = make("Plain").objects.get().name
        _ = make("Made", __init__=__init__).objects.get().name
        _ = make("Hidden", __getattribute__=__getattribute__).objects.get().name
        _ = Listened.objects.get().name
    assert [load.is_escaped for load in recording.trace.loads] == [False, True, True, True]
    assert recording.trace.loads[0].columns_read == ("name",)


@pytest.mark.parametrize(
    ("take", "is_escaped"),
    [
        (lambda product: product._state.fields_cache["brand"], True),
        (lambda product: getattr(product._state, "fields_cache"), True),  # noqa: B009
        (lambda product: hasattr(product._state, "fields_cache"), True),
        (lambda product: (lambda state: state.fields_cache)(product._state), True),
        (lambda product: Product._meta.get_field("brand").get_cached_value(product), True),
        (lambda product: Product._meta.get_field("brand").is_cached(product), True),
        (lambda product: product._state.adding, False),
        (lambda product: copy.copy(product._state).db, False),
        (lambda product: product._state.db, False),
        (lambda product: product.brand, False),
        (lambda product: product.stock, False),
        (lambda product: product.full_clean(), False),
        (lambda product: product.get_deferred_fields(), False),
    ],
)
def test_who_opens_the_cache_of_related_instances_may_read_them(take: Any, is_escaped: bool) -> None:
    add_products(1, stock=True)
    with record(reads=True) as recording:
        take(Product.objects.select_related("brand", "stock").get())
    assert products(recording).is_escaped is is_escaped


def test_a_prefetch_reads_no_key_but_a_filter_of_the_program_does() -> None:
    add_tags(add_products(2))
    with record(reads=True) as recording:
        list(Product.objects.prefetch_related("tags", "reviews"))
    assert (products(recording).columns_read, products(recording).columns_needed) == ((), ("id",))
    with record(reads=True) as recording:
        product = Product.objects.order_by("pk")[0]
        list(Review.objects.filter(product=product))
    assert products(recording).columns_read == ("id",)


def test_functions_of_the_project_that_read_are_told_also_through_libraries() -> None:
    def shown(brand: Brand) -> str:
        return Template("{{ brand.slug }}").render(Context({"brand": brand}))

    add_products(1)
    with record(reads=True) as recording:
        brand = Brand.objects.get()
        _ = shown(brand), brand.name
    here = test_functions_of_the_project_that_read_are_told_also_through_libraries.__name__
    readers = [(frame.path, frame.function) for frame in brands(recording).readers]
    assert readers == [
        ("tests/capture/test_reads.py", f"{here}.shown"),
        ("tests/capture/test_reads.py", here),
    ]


def test_how_long_values_are_is_told_of_the_first_row_and_by_number_only() -> None:
    first, *_ = add_products(2)
    Product.objects.filter(pk=first.pk).update(
        description=500 * "x", attributes={"colours": [100 * "r", 100 * "g"], "n": 1}, colours=["red", "blue"]
    )
    with record(reads=True) as recording:
        list(Product.objects.order_by("pk"))
    load = products(recording)
    sizes = dict(zip(load.columns, load.column_bytes, strict=True))
    assert (sizes["description"], sizes["colours"], sizes["price"], sizes["id"]) == (500, 7, 0, 0)
    assert 200 <= sizes["attributes"] <= 230


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, 0), (7, 0), ("abc", 3), (b"abc", 3), (memoryview(b"abc"), 3), ([], 0), ({}, 0),
        (["ab", "cd"], 4), ({"ab": 1}, 6), (1000 * ["abcd"], 4000), (UserString("abc"), 0),
    ],
)  # fmt: skip
def test_the_size_of_built_in_values(value: Any, expected: int) -> None:
    assert size_of(value) == expected


def test_the_size_of_a_deep_value_is_found_quickly() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep, deep, deep]
    assert size_of(deep) >= 0
