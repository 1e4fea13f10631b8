"""What the random code reads."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType

from catalog.models import Category
from orders.models import Payment, Refund
from reviews.models import Review, Vote
from tests.capture.shop import NOW, add_customer, add_orders, add_products, add_reviews, add_tags


@pytest.fixture
def shop(db: None) -> None:
    """Two rows and more behind every relation, and never all of them behind one row."""
    products = add_products(4, stock=True)
    other = Category.objects.create(slug="other", name="other")
    for product in products[::2]:
        product.category = other
        product.save()
    add_tags(products[:3], 2)
    other_customer = add_customer(901)
    reviews = add_reviews(products, comments=2)
    for review in reviews:
        again = Review.objects.create(
            product=review.product, customer=other_customer, rating=1, title="again", body="", created=NOW
        )
        again.comments.create(text="so", created=NOW)
        for each in (review, again):
            customers = (review.customer, other_customer)
            Vote.objects.bulk_create(Vote(review=each, customer=one, value=1) for one in customers)
    orders = add_orders(4, lines=products[:3], payments=True)
    for order, customer in zip(orders, (reviews[0].customer, other_customer), strict=False):
        order.customer = customer
        order.save()
    for payment in Payment.objects.all():
        for amount in (1, 2):
            Refund.objects.create(payment=payment, amount=amount, reason="", created=NOW)
    ContentType.objects.get_for_model(Review)  # Django keeps it
