"""How much of everything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Rows per table. Order lines are about three an order."""

    name: str
    companies: int
    brands: int
    products: int
    customers: int
    orders: int
    reviews: int
    votes: int
    comments: int
    bookings: int
    people: int
    shipments: int
    messages: int


SMALL = Scale(
    name="small",
    companies=40,
    brands=60,
    products=300,
    customers=200,
    orders=500,
    reviews=300,
    votes=600,
    comments=240,
    bookings=120,
    people=120,
    shipments=4_000,
    messages=4_000,
)
MEDIUM = Scale(
    name="medium",
    companies=150,
    brands=240,
    products=5_000,
    customers=20_000,
    orders=80_000,
    reviews=20_000,
    votes=40_000,
    comments=10_000,
    bookings=4_000,
    people=1_000,
    shipments=150_000,
    messages=40_000,
)
LARGE = Scale(
    name="large",
    companies=300,
    brands=500,
    products=20_000,
    customers=100_000,
    orders=350_000,
    reviews=100_000,
    votes=250_000,
    comments=50_000,
    bookings=20_000,
    people=4_000,
    shipments=800_000,
    messages=150_000,
)
SCALES = {scale.name: scale for scale in (SMALL, MEDIUM, LARGE)}
