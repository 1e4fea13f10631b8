"""From a lazy access to the queryset above it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import ClassSite, Models
from queryscope.rules.trace.paths import can_edit, find_root, is_editable, is_read_by_holder
from tests.builders import make_frame, make_site
from tests.rules.trace.shop import FORWARD, ONE, PREFETCH, REVERSE, SHELF, access, books, lazy, trace_of


def root(*groups, models=SHELF):
    return find_root(groups[-1], trace_of(*groups), models)


def test_the_root_is_the_query_that_gave_the_first_owners():
    found = root(books(), lazy(1, FORWARD, "author"))
    assert found.group.index == 0
    assert [hop.attribute for hop in found.hops] == ["author"]
    assert found.hops[0].relation.target == "shop.Author"
    assert found.gives_many


def test_hops_of_joins_and_of_queries_come_in_order():
    author = lazy(1, FORWARD, "author")
    deep = lazy(2, REVERSE, "books", 1, model="shop.Publisher", owner_path="publisher")
    author = replace(author, site=make_site("shop.Author", returns_many=False))
    found = root(books(), author, deep)
    assert found.load.path == "author__publisher__books"
    assert [hop.model for hop in found.hops] == ["shop.Book", "shop.Author", "shop.Publisher"]


def test_prefetches_of_prefetches_are_climbed():
    one = books(1, access=access(PREFETCH, "reviews", 0))
    two = books(2, access=access(PREFETCH, "book", 1, model="shop.Review"))
    found = root(books(), one, two, lazy(3, FORWARD, "author", 2))
    assert found.load.path == "reviews__book__author"
    assert found.load.kind == "prefetch_related"


def test_a_one_to_one_that_no_join_gives_rightly_is_prefetched():
    """As that of a child of the same parent, or one that the model graph doesn't know."""
    apart = [
        replace(model, relations=tuple(replace(each, can_join=False) for each in model.relations))
        for model in SHELF.models
    ]
    number = lazy(1, ONE, "isbn")
    assert root(books(), number).load.kind == "select_related"
    for models in (Models(models=tuple(apart)), Models()):
        found = root(books(), number, models=models)
        assert (found.load.path, found.load.kind) == ("isbn", "prefetch_related")


def test_rows_in_a_list_of_another_name_are_found_under_that_name():
    prefetch = books(1, access=access(PREFETCH, "reviews", 0, to_attr="good"))
    found = root(books(), prefetch, lazy(2, FORWARD, "book", 1, model="shop.Review"))
    assert found.load.path == "good__book"
    assert found.hops[0].relation.target == "shop.Review"


def test_what_a_join_would_bring_with_the_rows_of_a_prefetch_is_told():
    prefetch = books(1, access=access(PREFETCH, "reviews", 0))
    book = lazy(2, FORWARD, "book", 1, model="shop.Review")
    load = root(books(), prefetch, book, lazy(3, FORWARD, "author", 2)).load
    assert (load.path, load.kind) == ("reviews__book__author", "prefetch_related")
    assert (load.prefetched, load.joined, load.model) == ("reviews", "book__author", "shop.Review")
    assert root(books(), prefetch, book, lazy(3, REVERSE, "reviews", 2)).load.joined == ""
    reviews = lazy(1, REVERSE, "reviews")
    assert root(books(), reviews, lazy(2, FORWARD, "book", 1, model="shop.Review")).load.joined == ""


@pytest.mark.parametrize("owner", [None, 0])
def test_owners_loaded_elsewhere_have_no_root(owner):
    group = lazy(1, FORWARD, "author", owner)
    assert (root(books(), group) is None) is (owner is None)
    assert find_root(replace(group, access=None), trace_of(books(), group), SHELF) is None


def test_owners_that_own_themselves_end():
    one, two = lazy(0, REVERSE, "reviews", 1), lazy(1, REVERSE, "tags", 0)
    assert find_root(one, trace_of(one, two), SHELF) is None


def test_an_unknown_join_is_taken_at_its_word():
    found = root(books(), lazy(1, FORWARD, "x", owner_path="a__b"), models=Models())
    assert found.load.path == "a__b__x"


SERIALIZER = ClassSite(path="shop/api.py", line=3, name="BookSerializer", kind="serializer")
VIEW = ClassSite(path="shop/api.py", line=9, name="BookView", kind="view")


def read_once(**site):
    """The reviews of one book, read by library code that works for a class."""
    shown = make_site("shop.Review", **({"frame": None, "holder": SERIALIZER} | site))
    return lazy(1, REVERSE, "reviews", count=1, rows=3, site=shown)


def test_a_relation_that_a_class_reads_belongs_to_the_queryset_of_its_owner():
    book = books(rows=1, site=make_site(frame=None, holder=VIEW, returns_many=False))
    found = root(book, read_once(), lazy(2, FORWARD, "book", 1, model="shop.Review", count=3))
    assert (found.load.path, found.site.holder) == ("reviews__book", VIEW)
    assert found.gives_many


def test_a_relation_that_a_line_reads_is_edited_there():
    book = books(rows=1, site=make_site(frame=None, holder=VIEW, returns_many=False))
    line = read_once(frame=make_frame(line=8), holder=None)
    found = root(book, line, lazy(2, FORWARD, "book", 1, model="shop.Review", count=3))
    assert (found.load.path, found.group.index) == ("book", 1)


def test_a_queryset_that_a_class_holds_is_edited_there():
    assert can_edit(books(site=make_site(frame=None, holder=SERIALIZER)))
    assert not can_edit(read_once())
    assert not is_read_by_holder(books(site=None))


def test_what_can_be_edited():
    assert not is_editable(None)
    assert not is_editable(make_site(frame=None))
    assert not is_editable(make_site(frame=make_frame(is_template=True)))
    assert is_editable(make_site())
    holder = ClassSite(path="a.py", line=1, name="V", kind="form")
    assert is_editable(make_site(frame=None, holder=holder))
