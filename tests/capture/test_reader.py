"""The field of a serializer that reads a relation."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from queryscope.model import AccessKind, Frame
from tests.capture import shop_views
from tests.capture.recording import record
from tests.capture.shop import add_products
from tests.capture.test_serializers import add_opinions, findings

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.capture.shop_urls")]
TEXT = Path(shop_views.__file__).read_text(encoding="utf-8").splitlines()


def text_of(frame: Frame | None) -> str:
    assert frame is not None
    assert frame.path == "tests/capture/shop_views.py"
    return TEXT[frame.line - 1].strip()


def test_a_field_that_is_declared_is_told_with_its_line() -> None:
    add_opinions(1)
    with record() as recording:
        Client().get("/rest/held/")
    by = recording.of(AccessKind.FORWARD, "customer").reader
    assert text_of(by) == 'by = serializers.CharField(source="customer.name")'
    assert by is not None
    assert by.function == "ReviewSerializer.by"


def test_a_nested_serializer_is_a_field_of_the_one_around_it() -> None:
    add_opinions(1)
    with record() as recording:
        Client().get("/rest/held/")
    reviews = recording.of(AccessKind.REVERSE, "reviews").reader
    assert text_of(reviews) == "reviews = ReviewSerializer(many=True)"


def test_a_method_of_the_application_is_its_own_line() -> None:
    (product, *_) = add_opinions(1)
    with record() as recording:
        Client().get(f"/rest/own/{product.pk}/")
    group = recording.of(AccessKind.FORWARD, "customer")
    assert group.reader is None
    assert group.stack


def test_what_no_serializer_reads_has_no_reader() -> None:
    products = add_products(1)
    with record() as recording:
        _ = type(products[0]).objects.get(pk=products[0].pk).brand
    assert recording.of(AccessKind.FORWARD, "brand").reader is None


def test_a_finding_is_set_off_by_the_field() -> None:
    add_opinions()
    (found,) = findings("held/")
    assert found.trigger is not None
    assert found.trigger.function in ("ReviewSerializer.by", "OpinionsSerializer.reviews")
    assert found.trigger.path == "tests/capture/shop_views.py"
