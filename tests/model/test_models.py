"""The model graph answers by label, table and relation."""

from __future__ import annotations

from queryscope.model import AccessKind, Model, Models
from tests.builders import BOOKSHOP, relation

PROXY = Model(label="shop.OldBook", table="shop_book")
MODELS = Models(models=(*BOOKSHOP, PROXY))


def test_a_model_is_found_by_label_and_table_of_several_the_first():
    assert MODELS.get("shop.Author") is BOOKSHOP[1]
    assert MODELS.get("shop.Nothing") is None
    assert MODELS.by_table("shop_book") is BOOKSHOP[0]
    assert MODELS.by_table("nothing") is None


def test_an_empty_graph_knows_nothing():
    assert Models().get("shop.Book") is None
    assert Models().by_table("shop_book") is None
    assert Models().leading_to("shop.Book") == ()
    assert Models().targets_of("author") == frozenset()


def test_relations_are_told_by_where_they_lead():
    assert MODELS.leading_to("shop.Publisher") == (("Book", "publisher"), ("Author", "publisher"))
    assert MODELS.targets_of("publisher") == {"shop.Publisher"}
    more = Model(
        label="shop.Note", table="n", relations=(relation("author", AccessKind.GENERIC_FORWARD, None),)
    )
    assert Models(models=(*BOOKSHOP, more)).targets_of("author") == {"shop.Author", ""}


def test_what_was_looked_up_is_no_part_of_it():
    fresh = Models(models=(*BOOKSHOP, PROXY))
    assert fresh == MODELS
    assert hash(fresh) == hash(MODELS)
    assert "_by" not in repr(MODELS)
