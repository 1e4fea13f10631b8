"""What several tables must agree on: dates, prices, baskets, totals."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from seeding.scales import Scale

START = datetime(2023, 1, 1, tzinfo=UTC)
END = datetime(2026, 6, 30, tzinfo=UTC)
STATUSES = ("done", "cancelled", "paid", "pending")
STATUS_WEIGHTS = (94, 96.5, 99, 100)  # cumulative, in percent


def moment(position: int, count: int) -> datetime:
    """When the row at `position` of `count` was made: rows grow denser towards the end, no two are equal."""
    share = (position / count) ** 0.6
    return START + timedelta(seconds=int((END - START).total_seconds() * share), microseconds=position)


def skewed(rng: Random, count: int, exponent: float = 2.5) -> int:
    """An id from 1 to `count`; the low ones come far more often, about as Zipf has it."""
    return 1 + int(count * rng.random() ** exponent)


def money(cents: int) -> Decimal:
    """Cents as a decimal number."""
    return Decimal(cents).scaleb(-2)


class World:
    """Everything that is drawn once and read by more than one table."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def rng(self, subject: str) -> Random:
        """A generator of its own for each subject, so that one table's change leaves the others alone."""
        return Random(f"{self.scale.name}:{subject}")

    @cached_property
    def price_cents(self) -> array[int]:
        """Price of each product, log-normal; index 0 is unused."""
        rng = self.rng("prices")
        return array("l", [0, *(max(99, int(100 * rng.lognormvariate(3.2, 0.9))) for _ in self.products)])

    @property
    def products(self) -> range:
        """Ids of products."""
        return range(1, self.scale.products + 1)

    @property
    def orders(self) -> range:
        """Ids of orders."""
        return range(1, self.scale.orders + 1)

    @cached_property
    def order_customer(self) -> array[int]:
        """Customer of each order: few buy a lot. Index 0 is unused."""
        rng = self.rng("order customers")
        return array("l", [0, *(skewed(rng, self.scale.customers, 2.2) for _ in self.orders)])

    @cached_property
    def order_status(self) -> list[str]:
        """Status of each order: 94 % done, 1 % pending."""
        return ["", *self.rng("status").choices(STATUSES, cum_weights=STATUS_WEIGHTS, k=self.scale.orders)]

    def baskets(self) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Each order's id with its (product id, quantity) pairs: one to five, about three."""
        rng = self.rng("baskets")
        for order in self.orders:
            size = 1 + int(5 * rng.random())
            products = {skewed(rng, self.scale.products, 1.6) for _ in range(size)}
            yield order, [(product, 1 + int(4 * rng.random() ** 4)) for product in sorted(products)]

    @cached_property
    def total_cents(self) -> array[int]:
        """Total of each order; index 0 is unused."""
        prices = self.price_cents
        sums = (
            sum(prices[product] * quantity for product, quantity in basket) for _, basket in self.baskets()
        )
        return array("l", [0, *sums])

    def is_paid(self, order: int) -> bool:
        """Whether the order has a payment."""
        return self.order_status[order] in ("done", "paid")

    def ordered_at(self, order: int) -> datetime:
        """When the order was made."""
        return moment(order, self.scale.orders)
