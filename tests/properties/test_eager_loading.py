"""Whatever relations code reads in whatever order: its edits load them in as few queries as can be."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from hypothesis import HealthCheck, event, given, note, settings

from catalog.models import Category
from orders.models import Payment, Refund
from reviews.models import Review, Vote
from tests.capture.shop import NOW, add_customer, add_orders, add_products, add_reviews, add_tags
from tests.properties.accesses import Pattern, patterns
from tests.rules.running import Project, query_count

pytestmark = pytest.mark.django_db
ROUNDS = 4
_numbers = count()


@pytest.fixture
def shop() -> None:
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


@settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pattern=patterns())
def test_the_edits_of_any_pattern_load_all_of_it(tmp_path: Path, shop: None, pattern: Pattern) -> None:
    project = Project(tmp_path, pattern.code(), f"shop/views_{next(_numbers)}.py")
    note(project.text)
    before, report = project.run()
    first = query_count(report)
    rounds = 0
    while report.findings and rounds < ROUNDS:
        rounds += 1
        for finding in report.findings:
            [fix] = finding.fixes
            note(f"{finding.rule}: {finding.message}\n{fix.caveat}\n{fix.diff}")
        [finding] = [each for each in report.findings if each.rule == "n-plus-one"]
        project.apply(finding.fixes[0])
        after, report = project.run()
        assert after == before
    event(f"{rounds} rounds")
    assert not report.findings
    assert query_count(report) == pattern.least_queries()
    assert query_count(report) <= first
