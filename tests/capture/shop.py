"""A little stock of the sample project's models; each test adds what it needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from catalog.models import Brand, Category, Company, Product, Stock, Tag
from orders.models import Address, Customer, Order, OrderLine, Payment
from reviews.models import Comment, Review

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def add_products(count: int = 3, *, brands: int = 0, stock: bool = False) -> list[Product]:
    """Products, each of a brand and a company of its own unless `brands` says how many there are."""
    number = brands or count
    companies = [Company.objects.create(name=f"company {n}", country="FR") for n in range(number)]
    made = [
        Brand.objects.create(name=f"brand {n}", slug=f"brand-{n}", company=companies[n])
        for n in range(number)
    ]
    category, _ = Category.objects.get_or_create(slug="all", defaults={"name": "all"})
    products = [
        Product.objects.create(
            name=f"product {n}", slug=f"product-{n}", brand=made[n % number], category=category,
            price=n, created=NOW,
        )
        for n in range(count)
    ]  # fmt: skip
    if stock:
        Stock.objects.bulk_create(Stock(product=each, quantity=1, shelf="a") for each in products)
    return products


def add_tags(products: list[Product], count: int = 2) -> list[Tag]:
    """Tags on every product."""
    tags = [Tag.objects.create(name=f"tag {n}", slug=f"tag-{n}") for n in range(count)]
    for product in products:
        product.tags.set(tags)
    return tags


def add_customer(number: int = 0) -> Customer:
    return Customer.objects.create(name=f"customer {number}", email=f"{number}@example.org", joined=NOW)


def add_orders(count: int = 3, *, lines: list[Product] | None = None, payments: bool = False) -> list[Order]:
    """Orders, each of its own customer with two addresses."""
    orders = []
    for n in range(count):
        customer = add_customer(n)
        home, work = (
            Address.objects.create(customer=customer, street=street, city="x", postcode="1", country="FR")
            for street in ("home", "work")
        )
        order = Order.objects.create(
            number=f"N{n}", customer=customer, shipping_address=home, billing_address=work,
            status="paid", total=n, created=NOW,
        )  # fmt: skip
        OrderLine.objects.bulk_create(
            OrderLine(order=order, product=product, quantity=1, unit_price=1) for product in lines or []
        )
        if payments:
            Payment.objects.create(order=order, method="card", amount=1, paid_at=NOW)
        orders.append(order)
    return orders


def add_reviews(products: list[Product], *, comments: int = 0) -> list[Review]:
    """One review a product, with comments."""
    customer = add_customer(900)
    reviews = [
        Review.objects.create(
            product=product, customer=customer, rating=n % 5, title=f"review {n}", body="…", created=NOW
        )
        for n, product in enumerate(products)
    ]
    for review in reviews:
        for n in range(comments):
            review.comments.create(text=f"comment {n}", created=NOW)
    return reviews


def add_comment(subject: Any) -> Comment:
    return Comment.objects.create(subject=subject, text="so it is", created=NOW)
