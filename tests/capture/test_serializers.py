"""Nested serializers of Django REST framework: what they read belongs to the queryset above them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from catalog.models import Product
from queryscope.analysis import conclude
from queryscope.capture.introspect import read_models
from queryscope.model import Capture, Finding, Run
from queryscope.rules.trace import NPlusOne
from reviews.models import Review
from tests.capture import shop_views
from tests.capture.recording import CODES, ROOT, record
from tests.capture.shop import NOW, add_customer, add_products

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.capture.shop_urls")]
RUN = Run(queryscope="", python="", django="", postgresql="", root="")


def text_of(root: Path | str, path: str) -> str | None:
    file = Path(root, path)
    return file.read_text(encoding="utf-8") if file.is_file() else None


def add_opinions(count: int = 2) -> list[Product]:
    """Products with three reviews each, each review of a customer of its own."""
    products = add_products(count)
    for at, product in enumerate(products):
        for number in range(3):
            customer = add_customer(10 * at + number)
            Review.objects.create(
                product=product, customer=customer, rating=1, title="…", body="…", created=NOW
            )
    return products


def findings(path: str) -> list[Finding]:
    with record() as recording:
        assert Client().get(f"/rest/{path}").status_code == 200
    report = conclude(
        [Capture(trace=recording.trace)],
        run=RUN,
        models=read_models(CODES.project),
        rules=(NPlusOne(),),
        read_source=lambda path: text_of(ROOT, path),
    )
    return list(report.findings)


def added(finding: Finding) -> list[str]:
    return [line[1:].strip() for line in finding.fixes[0].diff.splitlines() if line.startswith("+  ")]


HELD = 'queryset = Product.objects.prefetch_related("reviews__customer").order_by("slug")'
BUILT = 'return Product.objects.prefetch_related("reviews__customer").order_by("name")'


@pytest.mark.parametrize(
    ("name", "line", "place"),
    [("held", HELD, "OpinionsViewSet"), ("built", BUILT, "ChosenOpinionsViewSet.get_queryset")],
)
@pytest.mark.parametrize("is_list", [True, False])
def test_a_nested_serializer_reads_rows_of_the_viewsets_queryset(
    name: str, line: str, place: str, is_list: bool
) -> None:
    (product, *_) = add_opinions()
    (found,) = findings(f"{name}/" if is_list else f"{name}/{product.pk}/")
    assert (found.model, found.relations) == ("catalog.Product", ("reviews__customer",))
    assert added(found) == [line]
    assert found.location is not None
    assert found.location.function == place


def test_a_function_that_gets_one_object_for_a_serializer_is_where_it_is_loaded() -> None:
    add_opinions()
    (found,) = findings("opinions/product-0/")
    assert (found.model, found.relations) == ("catalog.Product", ("reviews__customer",))
    assert found.location is not None
    assert found.location.function == "opinions"
    assert 'Product.objects.prefetch_related("reviews__customer")' in found.fixes[0].diff


def test_a_method_of_a_serializer_that_builds_the_queryset_is_its_place() -> None:
    (product, *_) = add_opinions()
    (found,) = findings(f"own/{product.pk}/")
    assert (found.model, found.relations) == ("reviews.Review", ("customer",))
    assert found.location is not None
    assert found.location.function == "OwnOpinionsSerializer.get_titles"


def test_rows_of_an_object_that_was_loaded_before_are_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (product, *_) = add_opinions()
    monkeypatch.setattr(shop_views.KeptOpinionsViewSet, "kept", [product])
    (found,) = findings(f"kept/{product.pk}/")
    assert (found.model, found.relations) == ("reviews.Review", ("customer",))
    assert found.fixes[0].diff == ""
    assert found.fixes[0].caveat == (
        "OpinionsSerializer only reads Product.reviews: where the Product is loaded, add "
        'prefetch_related(Prefetch("reviews", queryset=…)) with this queryset.'
    )
