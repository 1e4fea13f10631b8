"""Names that fixes give."""

from __future__ import annotations

import pytest

from queryscope.fixes.naming import attributes_of, free_name, plural, singular, snake, word
from queryscope.fixes.source import Source
from queryscope.model import Field
from tests.builders import BOOKSHOP


@pytest.mark.parametrize(
    ("many", "one"),
    [("lines", "line"), ("categories", "category"), ("review_set", "review"), ("boxes", "box"),
     ("children", "child"), ("order_lines", "order_line"), ("addresses", "address"), ("status", "status"),
     ("movies", "movie"), ("news", "news"), ("staff", "staff"), ("matches", "match")],
)  # fmt: skip
def test_the_singular_of_an_accessor(many, one):
    assert singular(many) == one


@pytest.mark.parametrize(
    ("one", "many"), [("pk", "pks"), ("category", "categories"), ("box", "boxes"), ("key", "keys")]
)
def test_the_plural_of_a_name(one, many):
    assert plural(one) == many


def test_a_name_that_is_taken_gives_way():
    assert free_name("review_count", set()) == "review_count"
    assert free_name("review_count", {"review_count"}) == "review_count_2"
    assert free_name("a", {"a", "a_2"}) == "a_3"


def test_what_a_model_has_already():
    text = "class Base:\n    shade = 1\nclass Book(Base):\n    n: int = 2\n    def mean(self): ...\n"
    found = attributes_of(BOOKSHOP[0], Source("shop/models.py", text))
    assert {"author", "reviews", "shade", "n", "mean"} <= found


def test_the_column_of_a_foreign_key_is_a_name_too():
    from dataclasses import replace

    key = Field(name="author", column="author_id", type="ForeignKey", target="shop.Author")
    assert "author_id" in attributes_of(replace(BOOKSHOP[0], fields=(key,)), None)


@pytest.mark.parametrize(
    ("text", "told"), [("open", "open"), ("Open", "open"), ("tag 1", "tag_1"), ("2", ""), ("", "")]
)
def test_a_value_that_is_a_word(text, told):
    assert word(text) == told


@pytest.mark.parametrize(
    ("name", "told"), [("OrderLine", "order_line"), ("Book", "book"), ("URLPath2Go", "urlpath2_go")]
)
def test_a_class_as_a_variable(name, told):
    assert snake(name) == told
