"""Tests of examine.py: which values of a statement may stand in the index of an expression."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Coalesce, Concat, Upper
from django.utils import timezone

from catalog.models import Product
from queryscope.fixes.index_code import django_index
from tests.test_examine import look, no_faults, run

__all__ = ["no_faults"]

MAKE_PRODUCTS = """
    INSERT INTO catalog_company (name, country) VALUES ('Company', 'DE');
    INSERT INTO catalog_brand (name, slug, company_id) SELECT 'Brand', 'brand', max(id) FROM catalog_company;
    INSERT INTO catalog_category (name, slug) VALUES ('Category', 'category');
    INSERT INTO catalog_product
        (name, slug, brand_id, category_id, price, description, attributes, colours, is_active, created)
    SELECT 'Product ' || n, 'p' || n, b.id, c.id, n % 100, 'Described ' || md5(n::text),
           jsonb_build_object('weight', n % 3000, 'size', 'S' || n % 700), '{}', true,
           '2024-01-01Z'::timestamptz + n * interval '1 hour'
    FROM generate_series(1, 30000) n, catalog_brand b, catalog_category c;
    ANALYZE catalog_product;
"""
CONFIG = "english"
SECRET = "Described by " + str(random.Random(7).random())


@pytest.fixture(scope="module")
def products(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        run(MAKE_PRODUCTS)
        yield
        run("TRUNCATE catalog_company, catalog_category CASCADE")


@pytest.fixture
def committed(products: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        connection.ensure_connection()
        yield


def by_key() -> None:
    list(Product.objects.filter(attributes__size="S7"))


def by_key_of_a_form(name: str = "size") -> None:
    list(Product.objects.filter(**{f"attributes__{name}": "S7"}))


def by_day() -> None:
    list(Product.objects.filter(created__date=dt.date(2024, 5, 1)))


def by_day_of_a_traveller() -> None:
    with timezone.override("Asia/" + "Tokyo"):
        list(Product.objects.filter(created__date=dt.date(2024, 5, 1)))


def by_words() -> None:
    found = Product.objects.annotate(words=SearchVector("description", config=CONFIG))
    list(found.filter(words=SearchQuery("c4ca4238", config=CONFIG)))


def by_words_without_a_configuration() -> None:
    list(Product.objects.annotate(words=SearchVector("description")).filter(words="c4ca4238"))


def by_a_value_in_an_expression() -> None:
    text = Concat("name", Value(SECRET))
    list(Product.objects.annotate(text=Upper(text)).filter(text="X"))


def by_a_default_of_the_user(default: str = SECRET) -> None:
    list(Product.objects.annotate(text=Coalesce("name", Value(default))).filter(text="X"))


def by_pattern(pattern: str = SECRET) -> None:
    list(Product.objects.filter(description__icontains=pattern))


def by_a_short_pattern() -> None:
    list(Product.objects.filter(description__contains="zz"))


def advised(work: Any) -> list[str]:
    capture = look(work)
    assert "4ca4238" not in repr(capture)
    assert SECRET not in repr(capture)
    return [django_index(advice).partition(", name=")[0] for advice in capture.indexes]


@pytest.mark.parametrize("work", [by_key, by_key_of_a_form])
def test_a_key_of_json_is_part_of_a_lookup(committed, work):
    assert advised(work) == ['models.Index(KeyTransform("size", "attributes")']


def test_the_time_zone_is_a_setting(committed):
    assert advised(by_day) == ['models.Index(TruncDate("created")']


def test_a_configuration_is_a_constant_of_the_source(committed):
    assert advised(by_words) == ['GinIndex(SearchVector("description", config="english")']


def test_the_form_of_a_pattern_is_known_and_not_its_text(committed):
    assert advised(by_pattern) == ['GinIndex(OpClass(Upper("description")']


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (by_day_of_a_traveller, "hidden-constant"),
        (by_words_without_a_configuration, "non-immutable"),
        (by_a_default_of_the_user, "hidden-constant"),
        (by_a_short_pattern, "short-pattern"),
    ],
)
def test_what_may_not_be_told_or_helps_nothing_is_refused(committed, work, kind):
    capture = look(work)
    assert capture.indexes == ()
    assert [refusal.kind for refusal in capture.refusals] == [kind]
    assert "Tokyo" not in repr(capture.refusals)
    assert SECRET not in repr(capture)


def test_a_constant_that_is_put_together_elsewhere_is_none_of_the_source(committed):
    assert advised(by_a_value_in_an_expression) == []
