"""Rows of orders, reviews and bookings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from psycopg.types.range import TimestamptzRange

from seeding import words
from seeding.world import START, World, moment, money, skewed

Rows = Iterator[tuple[object, ...]]

BUILDINGS = 30
ROOMS = 60


def customers(world: World) -> Rows:
    rng = world.rng("customers")
    for number in range(1, world.scale.customers + 1):
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        email = f"{first}.{last}.{number}@mail.example".lower()
        yield number, f"{first} {last}", email, moment(number, world.scale.customers)


def addresses(world: World) -> Rows:
    """Two for each customer: the odd id is home, the even one is work."""
    rng = world.rng("addresses")
    for number in range(1, 2 * world.scale.customers + 1):
        street = f"{rng.choice(words.STREETS)} Street {1 + rng.randrange(200)}"
        postcode = f"{rng.randrange(10_000, 99_999)}"
        yield (
            number,
            (number + 1) // 2,
            street,
            rng.choice(words.CITIES),
            postcode,
            rng.choice(words.COUNTRIES),
        )


def orders(world: World) -> Rows:
    rng = world.rng("orders")
    for order in world.orders:
        customer = world.order_customer[order]
        home, work = 2 * customer - 1, 2 * customer
        billing = work if rng.random() < 0.4 else home
        total = money(world.total_cents[order])
        status = world.order_status[order]
        yield order, f"QS-{order:07d}", customer, home, billing, status, total, world.ordered_at(order)


def order_lines(world: World) -> Rows:
    number = 0
    for order, basket in world.baskets():
        for product, quantity in basket:
            number += 1
            yield number, order, product, quantity, money(world.price_cents[product])


def payments(world: World) -> Rows:
    rng = world.rng("payments")
    for number, order in enumerate(filter(world.is_paid, world.orders), 1):
        method = rng.choice(("card", "card", "card", "transfer", "voucher"))
        paid_at = world.ordered_at(order) + timedelta(minutes=3)
        yield number, order, method, money(world.total_cents[order]), paid_at


def refunds(world: World) -> Rows:
    """One in twelve payments is paid back, in part or whole; some twice."""
    rng = world.rng("refunds")
    number = 0
    for payment, order in enumerate(filter(world.is_paid, world.orders), 1):
        for _ in range(int(rng.random() < 0.08) + int(rng.random() < 0.02)):
            number += 1
            cents = int(world.total_cents[order] * rng.random() / 2)
            created = world.ordered_at(order) + timedelta(days=1 + rng.randrange(20))
            yield number, payment, money(cents), rng.choice(words.REASONS), created


def daily_sales(world: World) -> Rows:
    """The days' sums, as `refresh_daily_sales` computes them."""
    days = groupby(world.baskets(), key=lambda pair: world.ordered_at(pair[0]).date())
    for number, (day, pairs) in enumerate(days, 1):
        baskets = list(pairs)
        customers = {world.order_customer[order] for order, _ in baskets}
        products = {product for _, basket in baskets for product, _ in basket}
        cents = sum(world.total_cents[order] for order, _ in baskets)
        yield number, day, len(baskets), len(customers), len(products), money(cents)


def reviews(world: World) -> Rows:
    rng = world.rng("reviews")
    for number in range(1, world.scale.reviews + 1):
        yield (
            number,
            skewed(rng, world.scale.products, 1.4),
            skewed(rng, world.scale.customers, 1.4),
            rng.choices((5, 4, 3, 2, 1), cum_weights=(55, 80, 90, 95, 100))[0],
            rng.choice(words.REVIEW_TITLES),
            " ".join(rng.sample(words.REVIEW_BODIES, 2)),
            True,
            moment(number, world.scale.reviews),
        )


def votes(world: World) -> Rows:
    """Spread evenly, so that each page of reviews has some; no customer votes twice on a review."""
    rng = world.rng("votes")
    for number in range(1, world.scale.votes + 1):
        review = 1 + number % world.scale.reviews
        customer = 1 + (number * 7 + number // world.scale.reviews) % world.scale.customers
        yield number, review, customer, 1 if rng.random() < 0.8 else -1


def comments(world: World, *, product_type: int, review_type: int) -> Rows:
    """On products and on reviews, in turn; the newest reviews have some."""
    rng = world.rng("comments")
    count = world.scale.comments
    for number in range(1, count + 1):
        on_review = number % 2
        subject = (
            world.scale.reviews - (count - number) // 4
            if on_review
            else 1 + rng.randrange(world.scale.products)
        )
        kind = review_type if on_review else product_type
        yield number, kind, subject, rng.choice(words.COMMENTS), moment(number, count)


def buildings(world: World) -> Rows:
    rng = world.rng("buildings")
    for number in range(1, BUILDINGS + 1):
        yield number, f"{rng.choice(words.STREETS)} House {number}", rng.choice(words.CITIES)


def rooms(world: World) -> Rows:
    rng = world.rng("rooms")
    for number in range(1, ROOMS + 1):
        yield number, 1 + (number * 7) % BUILDINGS, f"Room {number:02d}", rng.choice((4, 8, 12, 30))


def bookings(world: World) -> Rows:
    """Two hours each, room after room, never two at a time in one."""
    for number in range(1, world.scale.bookings + 1):
        starts = START + timedelta(hours=3 * (number // ROOMS), days=400)
        period = TimestamptzRange(starts, starts + timedelta(hours=2))
        yield number, 1 + number % ROOMS, 1 + (number * 13) % world.scale.customers, period
