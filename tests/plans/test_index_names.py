"""Names of indexes that remedies spell out."""

from __future__ import annotations

from itertools import product

import pytest

from queryscope.plans.scans import MAX_NAME, index_name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("book", "title", "upper"), "book_title_upper"),
        (("warehouse_order", "note", "trgm"), "warehouse_order_note_trgm"),
        (("a" * 19, "title", "date"), f"{'a' * 19}_title_date"),
    ],
)
def test_a_name_that_fits_is_kept(parts: tuple[str, ...], name: str):
    assert index_name(*parts) == name


def test_of_a_long_name_the_end_stays_and_the_table_is_cut():
    name = index_name("publishing_marketplace_listing", "title", "upper")
    assert name.startswith("publishing_ma_title_upper_")
    assert len(name) == MAX_NAME


def test_long_names_of_different_indexes_differ():
    tables = ("publishing_marketplace_listing", "publishing_marketplace_listings")
    fields = ("description", "description_translated_automatically", "description_translated_by_hand")
    names = {
        index_name(*parts) for parts in product(tables, fields, ("upper", "lower", "trgm", "truncation"))
    }
    assert len(names) == len(tables) * len(fields) * 4
    assert all(len(name) <= MAX_NAME and name.startswith("publi") for name in names)
    assert all("__" not in name and not name.endswith("_") for name in names)


def test_a_name_depends_on_nothing_but_its_parts():
    assert index_name("t" * 40, "title", "json") == index_name("t" * 40, "title", "json")
    assert len(index_name("t" * 40, "f" * 40, "g" * 40)) == MAX_NAME
