"""What models, managers and small parts say of themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.converters import DateConverter
from bookings.models import Booking, Building, Room
from catalog.models import Brand, Category, Collection, Company, Product, Stock, Tag, Warranty
from orders.models import Address, Customer, DailySales, Order, OrderLine, Payment, Refund
from problems.admin import EstimatingPaginator
from problems.models import IndexedShipment, Message, Shipment
from reviews.models import Comment, Review, Vote
from seeding.scales import SMALL
from staff.models import Department, Employee, Manager, Person

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (Company(name="Novak Ltd"), "Novak Ltd"),
        (Brand(name="Oak & Sons"), "Oak & Sons"),
        (Category(name="Lamps"), "Lamps"),
        (Tag(name="new"), "new"),
        (Product(name="Oak Lamp"), "Oak Lamp"),
        (Stock(quantity=3, shelf="A07"), "3 on A07"),
        (Warranty(months=24), "24 months"),
        (Collection(title="Red lamp days"), "Red lamp days"),
        (Customer(name="Ada Berg"), "Ada Berg"),
        (Address(street="Mill Street 1", postcode="12345", city="Graz"), "Mill Street 1, 12345 Graz"),
        (Order(number="QS-1"), "QS-1"),
        (OrderLine(quantity=2, unit_price=Decimal("9.50")), "2 × 9.50"),
        (Payment(amount=Decimal("19.00"), method="card"), "19.00 by card"),
        (Refund(amount=Decimal("5.00"), reason="damaged"), "5.00: damaged"),
        (DailySales(day=date(2026, 1, 2), revenue=Decimal("10.00")), "2026-01-02: 10.00"),
        (Review(title="Fine", product=Product(name="Oak Lamp")), "Fine (Oak Lamp)"),
        (Vote(value=-1), "-1"),
        (Comment(text="Same here."), "Same here."),
        (Building(name="Mill House"), "Mill House"),
        (Room(name="Room 01", building=Building(name="Mill House")), "Room 01, Mill House"),
        (Booking(period=DateTimeTZRange(NOW, NOW)), "02 Jan 2026, 03:04"),
        (Department(name="Shop"), "Shop"),
        (Person(name="Ada"), "Ada"),
        (Employee(name="Ada"), "Ada"),
        (Manager(name="Ada"), "Ada"),
        (Shipment(tracking_code="1Z"), "1Z"),
        (Message(body="Where is it?"), "Where is it?"),
    ],
)
def test_a_row_says_what_it_is(thing, text):
    assert str(thing) == text


def test_the_list_of_products_leaves_out_what_is_not_sold(market, db):
    Product.objects.filter(pk=1).update(is_active=False)
    listed = Product.objects.for_list()
    assert not listed.filter(pk=1).exists()
    assert list(listed) == sorted(listed, key=lambda product: product.created, reverse=True)


def test_both_windows_show_the_same_products(market, db):
    assert list(Product.objects.for_window()) == list(Product.objects.for_window_with_brands())


def test_a_manager_is_an_employee_is_a_person(market, db):
    manager = Manager.objects.order_by("pk").first()
    assert Person.objects.get(pk=manager.pk).employee.manager == manager


def test_guests_are_no_employees(market, db):
    assert not hasattr(Person.objects.get(pk=10), "employee")


def test_a_room_is_booked_once_at_a_time(market, db):
    booking = Booking.objects.first()
    with pytest.raises(IntegrityError, match="one_booking_at_a_time"):
        Booking.objects.create(room_id=booking.room_id, customer_id=1, period=booking.period)


def test_comments_stand_on_reviews_and_products(market, db):
    comments = Comment.objects.order_by("-created")[:10].prefetch_related("subject")
    assert {type(comment.subject) for comment in comments} == {Review, Product}


def test_the_newest_reviews_have_comments(market, db):
    reviews = Review.objects.order_by("-created")[:10]
    assert all(review.comments.exists() for review in reviews)


def test_some_products_have_no_warranty(market, db):
    assert Product.objects.filter(warranty=None).count() * 2 == Product.objects.count()


def test_the_paginator_of_big_tables_counts_only_what_is_filtered(market, db, django_assert_num_queries):
    shipments = IndexedShipment.objects.order_by("pk")
    with django_assert_num_queries(1) as asked:
        assert EstimatingPaginator(shipments, 10).count == SMALL.shipments
    assert "reltuples" in asked.captured_queries[0]["sql"]
    with django_assert_num_queries(1) as asked:
        assert EstimatingPaginator(shipments.filter(pk__lte=3), 10).count == 3
    assert "COUNT(*)" in asked.captured_queries[0]["sql"]


def test_a_date_in_a_url_goes_both_ways():
    converter = DateConverter()
    assert converter.to_python("2026-01-02") == date(2026, 1, 2)
    assert converter.to_url(date(2026, 1, 2)) == "2026-01-02"
    with pytest.raises(ValueError, match="day"):
        converter.to_python("2026-02-30")
