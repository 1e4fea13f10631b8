"""Rows by chance, said for each kind of key."""

from __future__ import annotations

import pytest

from queryscope.fixes.sampling import sample_fix
from queryscope.model import Field, Model


def model(kind: str, manager: str = "objects") -> Model:
    key = Field(name="code", column="code", type=kind, is_unique=True)
    return Model(
        label="shop.Book", table="shop_book", fields=(key,), primary_key="code", default_manager=manager
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("UUIDField", 'Book.objects.filter(pk__gte=uuid.uuid4()).order_by("pk")[:4]'),
        ("CharField", 'Book.objects.filter(pk__gte=a_random_key).order_by("pk")[:4]'),
    ],
)
def test_a_key_that_is_no_number_is_a_place_to_start(kind, code):
    assert sample_fix(model(kind), 4, "shop_book").code == code


def test_numbers_are_drawn_with_some_to_spare():
    code = sample_fix(model("BigAutoField", "published"), 4, "shop_book").code
    assert "Book.published.aggregate" in code
    assert "k=40" in code
    assert code.endswith("[:4]")


def test_it_is_never_edited():
    for each in (model("BigAutoField"), model("UUIDField"), None):
        fix = sample_fix(each, 4, "")
        assert not fix.diff
        assert fix.caveat.startswith("No diff:")
