"""What the ORM was doing: relation, owner, manager call."""

from __future__ import annotations

from datetime import date
from typing import Any

import django
import pytest
from django.db import models
from django.db.models import Count, Prefetch, prefetch_related_objects
from django.test.utils import isolate_apps

from catalog.models import Brand, Category, Collection, Product, Stock, Tag, Warranty
from orders.models import Order, OrderLine, Payment
from queryscope.model import AccessKind
from reviews.models import Comment, Review
from staff.models import Department, Employee, Manager, Person
from tests.capture.recording import access_of, record
from tests.capture.shop import add_comment, add_customer, add_orders, add_products, add_reviews, add_tags

pytestmark = pytest.mark.django_db


def told(access: Any) -> tuple[Any, ...]:
    return (access.kind, access.model, access.attribute, access.target)


def test_a_foreign_key_is_named_and_so_is_the_query_that_loaded_its_owner() -> None:
    add_products(3)
    with record() as recording:
        for product in Product.objects.all():
            _ = product.brand.name
    group = recording.of(AccessKind.FORWARD, "brand")
    assert told(access_of(group)) == (AccessKind.FORWARD, "catalog.Product", "brand", "catalog.Brand")
    assert access_of(group).owner_group == 0
    assert access_of(group).owner_path == ""
    assert access_of(group).is_plain
    assert (group.count, group.owners, group.distinct) == (3, 3, 3)


def test_a_chain_of_foreign_keys_leads_from_group_to_group() -> None:
    add_products(3)
    with record() as recording:
        for product in Product.objects.all():
            _ = product.brand.company.name
    brand, company = recording.of(AccessKind.FORWARD, "brand"), recording.of(AccessKind.FORWARD, "company")
    assert access_of(company).owner_group == brand.index
    assert access_of(company).model == "catalog.Brand"
    assert access_of(brand).owner_group == 0


def test_two_foreign_keys_to_one_table_read_on_one_line_are_two_accesses() -> None:
    add_orders(2)
    with record() as recording:
        for order in Order.objects.all():
            _ = (order.shipping_address.street, order.billing_address.street)
    shipping = recording.of(AccessKind.FORWARD, "shipping_address")
    billing = recording.of(AccessKind.FORWARD, "billing_address")
    assert shipping.fingerprint == billing.fingerprint
    assert (shipping.count, billing.count) == (2, 2)


def test_a_foreign_key_that_is_null_runs_nothing() -> None:
    add_products(1)
    with record() as recording:
        for category in Category.objects.all():
            assert category.parent is None
    assert len(recording.groups) == 1


def test_a_reverse_foreign_key_is_read_by_its_accessor() -> None:
    add_products(2, brands=2)
    with record() as recording:
        for brand in Brand.objects.all():
            list(brand.products.all())
    access = access_of(recording.of(AccessKind.REVERSE, "products"))
    assert told(access) == (AccessKind.REVERSE, "catalog.Brand", "products", "catalog.Product")
    assert (access.method, access.owner_group, access.is_plain) == ("iterate", 0, True)


def test_a_reverse_one_to_one_is_named() -> None:
    add_products(2, stock=True)
    with record() as recording:
        for product in Product.objects.all():
            _ = product.stock.quantity
    group = recording.of(AccessKind.REVERSE_ONE_TO_ONE, "stock")
    assert access_of(group).owner_group == 0
    assert (group.count, group.owners, group.rows) == (2, 2, 2)


def test_a_reverse_one_to_one_without_a_row_is_named_too() -> None:
    add_products(2)
    with record() as recording:
        for product in Product.objects.all():
            assert not hasattr(product, "warranty")
    group = recording.of(AccessKind.REVERSE_ONE_TO_ONE, "warranty")
    assert (group.count, group.owners, group.rows, group.error) == (2, 2, 0, None)
    assert access_of(group).target == Warranty._meta.label


def test_a_forward_one_to_one_is_a_forward_access() -> None:
    add_orders(2, payments=True)
    with record() as recording:
        for payment in Payment.objects.all():
            _ = payment.order.number
    assert access_of(recording.of(AccessKind.FORWARD, "order")).model == "orders.Payment"


def test_many_to_many_is_named_from_both_sides() -> None:
    add_tags(add_products(2))
    with record() as recording:
        for product in Product.objects.all():
            list(product.tags.all())
        for tag in Tag.objects.all():
            list(tag.products.all())
    tags = access_of(recording.of(AccessKind.MANY_TO_MANY, "tags"))
    products = access_of(recording.of(AccessKind.MANY_TO_MANY, "products"))
    assert told(tags) == (AccessKind.MANY_TO_MANY, "catalog.Product", "tags", "catalog.Tag")
    assert told(products) == (AccessKind.MANY_TO_MANY, "catalog.Tag", "products", "catalog.Product")
    assert (tags.is_plain, products.is_plain) == (True, True)
    assert recording.groups[access_of(recording.of(AccessKind.MANY_TO_MANY, "tags")).owner_group or 0].sql


@isolate_apps("catalog")
def test_a_many_to_many_with_a_model_of_its_own_between_is_named() -> None:
    class Membership(models.Model):
        """As if `through=` had been written: Django's own table under another class."""

        collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = Collection.products.through._meta.db_table

    Collection.objects.create(title="spring").products.set(add_products(2))
    with record() as recording:
        for collection in Collection.objects.all():
            list(collection.products.all())
        list(Membership.objects.values("collection"))
        list(Collection.products.through.objects.all())
    assert access_of(recording.of(AccessKind.MANY_TO_MANY, "products")).model == "catalog.Collection"
    assert access_of(recording.last).target == "catalog.Collection_products"


def test_a_generic_foreign_key_is_named_and_its_type_look_up_is_not_part_of_it() -> None:
    for product in add_products(2):
        add_comment(product)
    django.contrib.contenttypes.models.ContentType.objects.clear_cache()
    with record() as recording:
        for comment in Comment.objects.all():
            _ = comment.subject.name
    group = recording.of(AccessKind.GENERIC_FORWARD, "subject")
    assert told(access_of(group)) == (
        AccessKind.GENERIC_FORWARD,
        "reviews.Comment",
        "subject",
        "catalog.Product",
    )
    assert (group.count, group.owners, access_of(group).owner_group) == (2, 2, 0)
    types = [each for each in recording.groups if access_of(each).target == "contenttypes.ContentType"]
    assert [(access_of(each).kind, access_of(each).owner_group) for each in types] == [
        (AccessKind.MANAGER, None)
    ]


def test_a_generic_relation_is_named_with_its_owner() -> None:
    add_reviews(add_products(3), comments=2)
    with record() as recording:
        for review in Review.objects.all():
            list(review.comments.all())
    group = recording.of(AccessKind.GENERIC_RELATION, "comments")
    assert told(access_of(group)) == (
        AccessKind.GENERIC_RELATION,
        "reviews.Review",
        "comments",
        "reviews.Comment",
    )
    assert (group.count, group.owners, access_of(group).owner_group) == (3, 3, 0)
    assert access_of(group).is_plain


def add_staff() -> None:
    department = Department.objects.create(name="sales")
    for number in range(2):
        Manager.objects.create(
            name=f"m{number}", email=f"{number}@x.org", department=department, title="boss",
            started=date(2020, 1, 1), office="1", budget=1,
        )  # fmt: skip


def test_multi_table_inheritance_is_named_from_parent_to_child() -> None:
    add_staff()
    with record() as recording:
        for person in Person.objects.all():
            _ = person.employee.title
    access = access_of(recording.of(AccessKind.REVERSE_ONE_TO_ONE, "employee"))
    assert (access.model, access.target, access.owner_group) == ("staff.Person", "staff.Employee", 0)


def test_a_foreign_key_of_the_parent_is_read_by_the_child() -> None:
    add_staff()
    with record() as recording:
        for manager in Manager.objects.all():
            _ = manager.department.name
    access = access_of(recording.of(AccessKind.FORWARD, "department"))
    assert (access.model, access.owner_group) == ("staff.Manager", 0)


def test_the_link_to_the_parent_is_read_without_a_query_unless_columns_are_missing() -> None:
    add_staff()
    with record() as recording:
        for employee in Employee.objects.all():
            _ = employee.person_ptr.name
    assert len(recording.groups) == 1
    with record() as recording:
        for employee in Employee.objects.only("title"):
            _ = employee.person_ptr.name
    assert access_of(recording.last).attribute in ("person_ptr", "name")
    assert access_of(recording.last).owner_group is not None


def test_a_deferred_column_is_named() -> None:
    add_products(2)
    with record() as recording:
        for product in Product.objects.defer("description"):
            _ = product.description
    group = recording.of(AccessKind.DEFERRED, "description")
    assert told(access_of(group)) == (
        AccessKind.DEFERRED,
        "catalog.Product",
        "description",
        "catalog.Product",
    )
    assert (group.owners, access_of(group).owner_group) == (2, 0)
    assert recording.groups[0].site is not None
    assert recording.groups[0].site.defer == ("description",)


def test_a_foreign_key_whose_column_is_deferred_is_a_deferred_access_first() -> None:
    add_products(2)
    with record() as recording:
        for product in Product.objects.only("name"):
            _ = product.brand.name
    assert recording.of(AccessKind.DEFERRED, "brand").count == 2
    assert recording.of(AccessKind.FORWARD, "brand").count == 2


def test_refresh_from_db_is_no_relation() -> None:
    [product] = add_products(1)
    with record() as recording:
        product.refresh_from_db()
    assert access_of(recording.last).kind is AccessKind.MANAGER
    assert access_of(recording.last).method == "get"


def test_prefetches_are_recognised_with_their_level_and_owner() -> None:
    add_tags(add_products(2, brands=2))
    with record() as recording:
        brands = list(Brand.objects.prefetch_related("products__tags"))
        for brand in brands:
            for product in brand.products.all():
                list(product.tags.all())
    products, tags = recording.of(AccessKind.PREFETCH, "products"), recording.of(AccessKind.PREFETCH, "tags")
    assert (access_of(products).model, access_of(products).owner_group) == ("catalog.Brand", 0)
    assert (access_of(tags).model, access_of(tags).owner_group) == ("catalog.Product", products.index)
    assert len(recording.groups) == 3


def test_what_a_prefetch_loaded_is_known_by_the_prefetch() -> None:
    add_products(2, brands=2)
    with record() as recording:
        for brand in Brand.objects.prefetch_related("products"):
            for product in brand.products.all():
                _ = product.category.name
    prefetch = recording.of(AccessKind.PREFETCH, "products")
    assert access_of(recording.of(AccessKind.FORWARD, "category")).owner_group == prefetch.index


def test_a_prefetch_into_a_list_goes_by_the_name_of_the_relation() -> None:
    add_products(2, brands=2)
    with record() as recording:
        cheap = Prefetch("products", queryset=Product.objects.filter(price__lt=9), to_attr="cheap")
        for brand in Brand.objects.prefetch_related(cheap):
            for product in brand.cheap:
                _ = product.category.name
    prefetch = recording.of(AccessKind.PREFETCH, "products")
    assert access_of(prefetch).to_attr == "cheap"
    assert access_of(recording.of(AccessKind.FORWARD, "category")).owner_group == prefetch.index


def test_two_prefetches_into_one_table_stay_two() -> None:
    add_orders(3)
    with record() as recording:
        list(Order.objects.prefetch_related("shipping_address", "billing_address"))
    assert recording.of(AccessKind.PREFETCH, "shipping_address").count == 1
    assert recording.of(AccessKind.PREFETCH, "billing_address").count == 1


def test_a_prefetch_runs_once_for_each_chunk_of_an_iterator() -> None:
    add_tags(add_products(4))
    with record() as recording:
        for product in Product.objects.prefetch_related("tags").order_by("pk").iterator(chunk_size=2):
            list(product.tags.all())
    assert recording.of(AccessKind.PREFETCH, "tags").count == 2
    assert access_of(recording.groups[0]).method == "iterator"


def test_prefetch_related_objects_is_a_prefetch() -> None:
    add_tags(add_products(2))
    with record() as recording:
        prefetch_related_objects(list(Product.objects.all()), "tags")
    assert access_of(recording.of(AccessKind.PREFETCH, "tags")).owner_group == 0


def test_a_prefetched_relation_that_is_filtered_again_is_read_by_its_relation() -> None:
    add_tags(add_products(2))
    with record() as recording:
        for product in Product.objects.prefetch_related("tags"):
            list(product.tags.filter(name="tag 1"))
    access = access_of(recording.of(AccessKind.MANY_TO_MANY, "tags"))
    assert (access.owner_group, access.is_plain) == (0, False)


def test_a_relation_prefetched_by_a_queryset_of_its_own_is_still_the_relation() -> None:
    add_products(2, brands=2)
    with record() as recording:
        own = Prefetch("products", queryset=Product.objects.filter(price__lt=9))
        for brand in Brand.objects.prefetch_related(own):
            list(brand.products.all().order_by("name"))
    access = access_of(recording.of(AccessKind.REVERSE, "products"))
    assert (access.owner_group, access.model, access.is_plain) == (0, "catalog.Brand", False)


def test_what_select_related_loaded_is_known_by_its_path() -> None:
    add_products(2)
    with record() as recording:
        for product in Product.objects.select_related("brand__company", "category"):
            list(product.brand.company.brands.all())
            list(product.category.products.all())
    company = access_of(recording.of(AccessKind.REVERSE, "brands"))
    category = access_of(recording.of(AccessKind.REVERSE, "products"))
    assert (company.owner_group, company.owner_path) == (0, "brand__company")
    assert (category.owner_group, category.owner_path) == (0, "category")


def test_what_a_reverse_select_related_loaded_is_known_by_its_path() -> None:
    add_products(2, stock=True)
    with record() as recording:
        for product in Product.objects.select_related("stock"):
            product.stock.refresh_from_db(fields=["shelf"])
            _ = Stock.objects.get(pk=product.stock.pk).product
        for product in Product.objects.select_related("stock").only("stock__quantity"):
            _ = product.stock.shelf
    access = access_of(recording.of(AccessKind.DEFERRED, "shelf"))
    assert access.owner_path == "stock"


def test_raw_queries_load_owners_too() -> None:
    add_products(2)
    with record() as recording:
        for product in Product.objects.raw("SELECT * FROM catalog_product"):
            _ = product.brand.name
    raw = recording.of(AccessKind.RAW)
    assert access_of(raw).target == "catalog.Product"
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).owner_group == raw.index


@pytest.mark.parametrize(
    ("method", "run"),
    [
        ("get", lambda products: products.get(slug="product-0")),
        ("first", lambda products: products.first()),
        ("last", lambda products: products.last()),
        ("earliest", lambda products: products.earliest("created")),
        ("latest", lambda products: products.latest("created")),
        ("in_bulk", lambda products: products.in_bulk([1])),
        ("count", lambda products: products.count()),
        ("exists", lambda products: products.exists()),
        ("aggregate", lambda products: products.aggregate(Count("pk"))),
        ("contains", lambda products: products.contains(Product(pk=1))),
        ("iterator", lambda products: list(products.iterator())),
        ("iterate", lambda products: list(products.values("name"))),
        ("iterate", lambda products: [each for each in products]),  # noqa: C416
        ("iterate", lambda products: products[1]),
        ("len", lambda products: len(products)),
        ("bool", lambda products: bool(products)),
        ("explain", lambda products: products.explain()),
    ],
)
def test_the_method_that_ran_a_queryset_is_told(method: str, run: Any) -> None:
    add_products(2)
    with record() as recording:
        run(Product.objects.all())
    access = access_of(recording.last)
    assert (access.kind, access.method, access.model) == (AccessKind.MANAGER, method, "catalog.Product")
    assert access.owner_group is None


@pytest.mark.parametrize(
    ("method", "run"),
    [
        ("count", lambda order: order.lines.count()),
        ("exists", lambda order: order.lines.exists()),
        ("first", lambda order: order.lines.first()),
        ("get", lambda order: order.lines.get(pk=order.lines.model.objects.filter(order=order)[0].pk)),
        ("aggregate", lambda order: order.lines.aggregate(Count("pk"))),
    ],
)
def test_related_managers_tell_the_method_and_are_not_plain(method: str, run: Any) -> None:
    add_orders(2, lines=add_products(1))
    with record() as recording:
        for order in Order.objects.all():
            run(order)
    access = access_of(recording.of(AccessKind.REVERSE, "lines"))
    assert (access.method, access.owner_group, access.is_plain) == (method, 0, False)


@pytest.mark.parametrize("method", ["count", "exists"])
def test_a_many_to_many_count_tells_the_model_behind_the_table_between(method: str) -> None:
    add_tags(add_products(2))
    with record() as recording:
        for product in Product.objects.all():
            getattr(product.tags, method)()
    group = recording.of(AccessKind.MANY_TO_MANY, "tags")
    assert (access_of(group).method, access_of(group).target) == (method, "catalog.Tag")
    assert (group.count, group.owners, access_of(group).is_plain) == (2, 2, False)


@pytest.mark.parametrize(
    ("is_plain", "read"),
    [
        (True, lambda brand: list(brand.products.all())),
        (True, lambda brand: [product.name for product in brand.products.all()]),
        (True, lambda brand: len(brand.products.all())),
        (True, lambda brand: bool(brand.products.all())),
        (True, lambda brand: list(brand.products.all().all())),
        (False, lambda brand: list(brand.products.filter(price=1))),
        (False, lambda brand: list(brand.products.exclude(price=1))),
        (False, lambda brand: list(brand.products.order_by("name"))),
        (False, lambda brand: list(brand.products.active())),
        (False, lambda brand: list(brand.products.all()[:2])),
        (False, lambda brand: brand.products.all()[0]),
        (False, lambda brand: brand.products.first()),
        (False, lambda brand: brand.products.count()),
        (False, lambda brand: list(brand.products.values("name"))),
        (False, lambda brand: list(brand.products.select_related("category"))),
        (False, lambda brand: list(brand.products.annotate(tagged=Count("tags")))),
        (False, lambda brand: list(brand.products.only("name"))),
        (False, lambda brand: list(brand.products.all().iterator())),
    ],
)
def test_plain_means_the_rows_that_a_prefetch_would_give(is_plain: bool, read: Any) -> None:
    add_products(1)
    brand = Brand.objects.get()
    with record() as recording:
        read(brand)
    assert access_of(recording.of(AccessKind.REVERSE, "products")).is_plain is is_plain


class Cheap(models.Manager):
    """A default manager that filters, orders and joins on its own."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(price__lt=100).order_by("name").select_related("category")


@isolate_apps("catalog")
def test_what_a_default_manager_does_by_itself_is_plain() -> None:
    class Offer(Product):
        objects = Cheap()

        class Meta:
            app_label = "catalog"
            proxy = True

    add_products(1)
    brand = Brand.objects.get()
    manager = Offer.objects
    descriptor_field = Product._meta.get_field("brand")
    related = django.db.models.fields.related_descriptors.create_reverse_many_to_one_manager(
        type(manager), descriptor_field.remote_field
    )
    with record() as recording:
        list(related(brand).all())
        list(related(brand).filter(price=1))
    plain, filtered = recording.groups
    assert (access_of(plain).attribute, access_of(plain).is_plain) == ("products", True)
    assert (access_of(filtered).attribute, access_of(filtered).is_plain) == ("products", False)


def test_ordering_in_meta_is_plain() -> None:
    add_tags(add_products(1))
    product = Product.objects.get()
    with record() as recording:
        list(product.tags.all())  # Tag.Meta.ordering is ["name"]
    assert access_of(recording.of(AccessKind.MANY_TO_MANY, "tags")).is_plain


@pytest.mark.parametrize("fields", [None, ["status"]])
def test_saving_what_a_queryset_loaded_tells_the_owner(fields: list[str] | None) -> None:
    add_orders(2)
    with record() as recording:
        for order in Order.objects.all():
            order.save(update_fields=fields)
    access = access_of(recording.last)
    assert (access.kind, access.method, access.owner_group) == (AccessKind.WRITE, "save", 0)
    assert recording.last.owners == 2


def test_writing_through_a_related_manager_tells_the_owner() -> None:
    [product] = add_products(1)
    add_orders(2)
    with record() as recording:
        for order in Order.objects.all():
            order.lines.create(product=product, quantity=1, unit_price=1)
        for order in Order.objects.all():
            order.lines.update(quantity=2)
    created, updated = recording.groups[1], recording.groups[3]
    assert told(access_of(created)) == (AccessKind.WRITE, "orders.Order", "lines", "orders.OrderLine")
    assert (access_of(created).method, access_of(created).owner_group, created.owners) == ("create", 0, 2)
    assert (access_of(updated).method, access_of(updated).owner_group) == ("update", 2)


def test_other_writes_are_writes() -> None:
    products = add_products(3)
    tags = add_tags(products)
    with record() as recording:
        Product.objects.filter(pk=products[0].pk).update(price=5)
        Category.objects.bulk_create([Category(name="a", slug="a"), Category(name="b", slug="b")])
        Product.objects.bulk_update([products[0]], ["name"])
        Tag.objects.get_or_create(slug="new", defaults={"name": "new"})
        products[1].tags.remove(tags[0])
        products[1].tags.add(tags[0])
        Tag.objects.filter(slug="new").delete()
        Tag(name="x", slug="x").save()
    methods = [access_of(group).method for group in recording.groups]
    assert methods[:3] == ["update", "bulk_create", "bulk_update"]
    assert set(methods[3:]) >= {"get_or_create", "remove", "add", "delete", "save"}
    assert {access_of(group).kind for group in recording.groups} == {AccessKind.WRITE}
    added = [access_of(group) for group in recording.groups if access_of(group).method == "add"]
    assert {(access.model, access.attribute) for access in added} == {("catalog.Product", "tags")}


def test_instances_that_are_saved_for_the_first_time_have_no_owner_group() -> None:
    with record() as recording:
        for number in range(2):
            add_customer(number)
    assert (access_of(recording.last).method, access_of(recording.last).owner_group) == ("create", None)
    assert recording.last.count == 2


def test_deleting_instances_tells_the_cascade_as_one_write() -> None:
    add_orders(2, lines=add_products(1))
    with record() as recording:
        for order in Order.objects.all():
            order.delete()
    assert {(access_of(each).kind, access_of(each).method) for each in recording.groups[1:]} == {
        (AccessKind.WRITE, "delete")
    }


@isolate_apps("catalog")
def test_a_model_with_fields_named_like_querysets_attributes_runs_no_query_of_ours() -> None:
    class Car(models.Model):
        model = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_column="brand_id")
        query = models.CharField(max_length=9, db_column="name")

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_product"

    add_products(1)
    with record() as recording:
        car = Car.objects.get()
        car.save(update_fields=["query"])
    assert [group.kind for group in recording.groups] == ["select", "update"]


def test_overlapping_querysets_of_one_model_are_told_apart() -> None:
    add_products(4)
    with record() as recording:
        first = list(Product.objects.filter(price__gte=1))
        second = list(Product.objects.filter(price__lte=2))
        for product in first:
            _ = product.brand
        for product in second:
            _ = product.category
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).owner_group == 0
    assert access_of(recording.of(AccessKind.FORWARD, "category")).owner_group == 1


def test_one_loop_over_two_querysets_gives_two_groups() -> None:
    add_products(4)
    with record() as recording:
        first = list(Product.objects.filter(price__gte=1))
        second = list(Product.objects.filter(price__lte=2))
        for product in [*first, *second]:
            _ = product.brand
    found = [group for group in recording.groups if access_of(group).attribute == "brand"]
    assert [(group.count, access_of(group).owner_group) for group in found] == [(3, 0), (3, 1)]


def test_interleaved_iterators_are_told_apart() -> None:
    add_products(4)
    with record() as recording:
        one = Product.objects.order_by("pk").iterator(chunk_size=1)
        other = Product.objects.order_by("-pk").iterator(chunk_size=1)
        for left, right in zip(one, other, strict=True):
            _ = left.brand
            _ = right.category
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).owner_group == 0
    assert access_of(recording.of(AccessKind.FORWARD, "category")).owner_group == 1


def test_what_another_recorder_loaded_has_no_owner_group() -> None:
    add_products(2)
    with record():
        products = list(Product.objects.all())
    unseen = list(Product.objects.all())
    with record() as recording:
        for product in products:
            _ = product.brand
        for product in unseen:
            _ = product.category
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).owner_group is None
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).model == "catalog.Product"
    assert access_of(recording.of(AccessKind.FORWARD, "category")).owner_group is None


def test_an_owner_loaded_singly_is_known_as_such() -> None:
    add_products(2)
    with record() as recording:
        _ = Product.objects.get(slug="product-1").brand
        _ = Product.objects.order_by("pk")[0].category
    for group in recording.groups[::2]:
        assert group.site is not None
        assert not group.site.returns_many


@isolate_apps("catalog")
def test_owners_without_a_single_primary_key_are_told_apart() -> None:
    class Pair(models.Model):
        pk = models.CompositePrimaryKey("brand_id", "slug")
        brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
        slug = models.CharField(max_length=9)

        class Meta:
            app_label = "catalog"
            managed = False
            db_table = "catalog_product"

    add_products(3)
    with record() as recording:
        for pair in Pair.objects.all():
            _ = pair.brand
    assert recording.of(AccessKind.FORWARD, "brand").owners == 3


def test_a_query_in_a_property_is_named_by_the_innermost_access() -> None:
    add_orders(1, lines=add_products(2))
    with record() as recording:
        for line in OrderLine.objects.all():
            _ = line.maker  # product.brand.company
    owners = [access_of(group).owner_group for group in recording.groups]
    assert owners == [None, 0, 1, 2]


if django.VERSION >= (6, 1):  # fetch modes came with it

    def test_peers_are_fetched_by_a_prefetch() -> None:
        from django.db.models import FETCH_PEERS

        add_products(3)
        add_tags(list(Product.objects.all()))
        with record() as recording:
            for product in Product.objects.fetch_mode(FETCH_PEERS):
                _ = product.brand.name
                list(product.tags.all())
            for product in Product.objects.fetch_mode(FETCH_PEERS).defer("description"):
                _ = product.description
        prefetch = recording.of(AccessKind.PREFETCH, "brand")
        assert (prefetch.count, access_of(prefetch).owner_group) == (1, 0)
        assert recording.of(AccessKind.MANY_TO_MANY, "tags").count == 3
        assert recording.of(AccessKind.DEFERRED, "description").count == 1
