"""All tables in the order in which their foreign keys let them be filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from seeding import catalog_rows, order_rows, problem_rows
from seeding.world import World

Rows = Callable[[World], Iterator[tuple[object, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table and what fills it: rows in the order of the model's columns, or another table's."""

    model: type[Model]
    rows: Rows | None = None
    copy_of: type[Model] | None = None

    @property
    def name(self) -> str:
        """Its name in the database."""
        return self.model._meta.db_table

    @property
    def columns(self) -> list[str]:
        """Its columns, in the order in which the model declares its fields."""
        return [field.column for field in self.model._meta.local_concrete_fields if field.column]


PLAIN: tuple[tuple[str, Rows], ...] = (
    ("catalog.Company", catalog_rows.companies),
    ("catalog.Brand", catalog_rows.brands),
    ("catalog.Category", catalog_rows.categories),
    ("catalog.Tag", catalog_rows.tags),
    ("catalog.Product", catalog_rows.products),
    ("catalog.Product_tags", catalog_rows.product_tags),
    ("catalog.Stock", catalog_rows.stocks),
    ("catalog.Warranty", catalog_rows.warranties),
    ("catalog.Collection", catalog_rows.collections),
    ("catalog.Collection_products", catalog_rows.collection_products),
    ("staff.Department", catalog_rows.departments),
    ("staff.Person", catalog_rows.people),
    ("staff.Employee", catalog_rows.employees),
    ("staff.Manager", catalog_rows.managers),
    ("orders.Customer", order_rows.customers),
    ("orders.Address", order_rows.addresses),
    ("orders.Order", order_rows.orders),
    ("orders.OrderLine", order_rows.order_lines),
    ("orders.Payment", order_rows.payments),
    ("orders.Refund", order_rows.refunds),
    ("orders.DailySales", order_rows.daily_sales),
    ("reviews.Review", order_rows.reviews),
    ("reviews.Vote", order_rows.votes),
    ("bookings.Building", order_rows.buildings),
    ("bookings.Room", order_rows.rooms),
    ("bookings.Booking", order_rows.bookings),
    ("problems.Shipment", problem_rows.shipments),
    ("problems.Message", problem_rows.messages),
)
COPIES = (
    ("problems.IndexedShipment", "problems.Shipment"),
    ("problems.IndexedMessage", "problems.Message"),
)


def all_tables() -> tuple[Table, ...]:
    """Every table that the seed fills; comments need the ids of content types."""
    product, review = (
        ContentType.objects.get_or_create(app_label=app, model=model)[0].pk
        for app, model in (("catalog", "product"), ("reviews", "review"))
    )
    comments: Rows = partial(order_rows.comments, product_type=product, review_type=review)
    pairs: tuple[tuple[str, Rows], ...] = (*PLAIN, ("reviews.Comment", comments))
    get = apps.get_model
    return (
        *(Table(model=get(label), rows=rows) for label, rows in pairs),
        *(Table(model=get(label), copy_of=get(source)) for label, source in COPIES),
    )
