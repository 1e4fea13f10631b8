"""The model graph, read from Django's registry."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

from queryscope.capture.introspect import read_models
from queryscope.model import AccessKind, Field, Model, ModelRelation, Models
from tests.capture.recording import CODES, ROOT

pytestmark = pytest.mark.django_db


@cache
def models() -> Models:
    return read_models(CODES.project)


def model(label: str) -> Model:
    found = models().get(label)
    assert found is not None
    return found


def field(label: str, name: str) -> Field:
    found = model(label).field(name)
    assert found is not None, [each.name for each in model(label).fields]
    return found


def relation(label: str, name: str) -> ModelRelation:
    found = model(label).relation(name)
    assert found is not None, [each.name for each in model(label).relations]
    return found


@pytest.mark.parametrize(
    ("label", "name", "kind", "target"),
    [
        ("catalog.Product", "brand", AccessKind.FORWARD, "catalog.Brand"),
        ("catalog.Stock", "product", AccessKind.FORWARD, "catalog.Product"),
        ("catalog.Product", "stock", AccessKind.REVERSE_ONE_TO_ONE, "catalog.Stock"),
        ("catalog.Brand", "products", AccessKind.REVERSE, "catalog.Product"),
        ("catalog.Product", "tags", AccessKind.MANY_TO_MANY, "catalog.Tag"),
        ("catalog.Tag", "products", AccessKind.MANY_TO_MANY, "catalog.Product"),
        ("reviews.Comment", "subject", AccessKind.GENERIC_FORWARD, None),
        ("reviews.Comment", "content_type", AccessKind.FORWARD, "contenttypes.ContentType"),
        ("reviews.Review", "comments", AccessKind.GENERIC_RELATION, "reviews.Comment"),
        ("staff.Person", "employee", AccessKind.REVERSE_ONE_TO_ONE, "staff.Employee"),
        ("staff.Manager", "department", AccessKind.FORWARD, "staff.Department"),
        ("catalog.Category", "children", AccessKind.REVERSE, "catalog.Category"),
    ],
)
def test_relations_of_every_kind_are_read(
    label: str, name: str, kind: AccessKind, target: str | None
) -> None:
    found = relation(label, name)
    assert (found.kind, found.target) == (kind, target)


def test_relations_that_cannot_be_followed_are_left_out() -> None:
    assert model("contenttypes.ContentType").relation("+") is None
    assert all("+" not in each.name for each in models().models for each in each.relations)


@pytest.mark.parametrize(
    ("label", "name", "is_null"),
    [
        ("catalog.Category", "parent", True),
        ("catalog.Product", "brand", False),
        ("catalog.Product", "stock", True),  # the row may be missing
        ("catalog.Brand", "products", False),
    ],
)
def test_what_may_be_missing_is_told(label: str, name: str, is_null: bool) -> None:
    assert relation(label, name).is_null is is_null


def test_ordered_targets_are_told() -> None:
    assert relation("catalog.Product", "tags").is_ordered
    assert not relation("catalog.Brand", "products").is_ordered


def test_fields_tell_their_column_and_what_holds_for_it() -> None:
    brand = field("catalog.Product", "brand")
    assert (brand.column, brand.target, brand.is_indexed, brand.is_null) == (
        "brand_id",
        "catalog.Brand",
        True,
        False,
    )
    assert not field("catalog.Product", "category").is_indexed
    assert field("catalog.Product", "slug").is_unique
    assert field("catalog.Product", "search").is_null
    assert field("catalog.Product", "name").db_type.startswith("varchar")


def test_models_tell_where_they_stand() -> None:
    product = model("catalog.Product")
    assert product.path == "sample_project/catalog/models.py"
    source = (ROOT / product.path).read_text(encoding="utf-8").splitlines()
    assert source[product.line - 1] == "class Product(models.Model):"
    assert (product.table, product.default_manager, product.is_managed) == (
        "catalog_product",
        "objects",
        True,
    )


def test_models_of_libraries_have_no_place() -> None:
    user = model("auth.User")
    assert (user.path, user.line) == ("", 0)
    assert user.table == "auth_user"


def test_tables_between_are_models_too() -> None:
    through = model("catalog.Product_tags")
    assert {each.name for each in through.fields} == {"id", "product", "tag"}


def test_ordering_is_told() -> None:
    assert model("catalog.Tag").ordering == ("name",)
    assert model("orders.DailySales").ordering == ("-day",)


def test_no_absolute_path_is_told() -> None:
    assert not [each.path for each in models().models if Path(each.path).is_absolute()]


def test_reading_the_models_runs_nothing(django_assert_num_queries: object) -> None:
    from tests.capture.recording import record

    with record() as recording:
        read_models(CODES.project)
    assert recording.groups == ()


@pytest.mark.parametrize(
    ("label", "name", "inverse"),
    [
        ("catalog.Product", "brand", "products"),
        ("catalog.Product", "tags", "products"),
        ("catalog.Tag", "products", "tags"),
        ("catalog.Product", "reviews", "product"),
        ("catalog.Product", "stock", "product"),
        ("reviews.Review", "comments", "review"),
        ("reviews.Comment", "content_type", ""),
    ],
)
def test_a_relation_knows_the_way_back(label, name, inverse):
    assert relation(label, name).remote == inverse


def test_a_model_knows_its_module_its_key_and_whether_its_manager_gives_all_rows():
    product = model("catalog.Product")
    assert (product.module, product.primary_key) == ("catalog.models", "id")
    assert product.is_manager_plain  # its manager has methods, but leaves nothing out


def test_a_manager_with_a_queryset_of_its_own_may_leave_rows_out():
    from django.db.models import Manager

    from queryscope.capture.introspect import _is_plain

    class Shown(Manager):
        def get_queryset(self):
            return super().get_queryset().filter(is_active=True)

    assert not _is_plain(Shown())
    assert _is_plain(Manager())
    assert _is_plain(None)


def test_a_table_of_another_schema_or_in_quotes_is_called_as_statements_call_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brand, tag = (apps.get_model("catalog", name)._meta for name in ("Brand", "Tag"))

    def tables(of_brand: str, of_tag: str) -> list[str]:
        monkeypatch.setattr(brand, "db_table", of_brand)
        monkeypatch.setattr(tag, "db_table", of_tag)
        found = read_models(CODES.project)
        return [one.table for name in ("catalog.Brand", "catalog.Tag") if (one := found.get(name))]

    assert tables('sales"."brand', '"Tag"') == ["brand", "Tag"]
    assert tables('"sales"."brand"', "my.tag") == ["brand", "my.tag"]
    both = ['sales"."item', 'stock"."item']
    assert tables(*both) == both  # a statement's name doesn't tell which
