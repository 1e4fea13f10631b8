"""Which order of keys serves several queries."""

from __future__ import annotations

import pytest

from queryscope.analysis.index_order import keys_in, merged, order_of, serves
from queryscope.model import IndexKey


def keys(*names: str) -> tuple[IndexKey, ...]:
    return tuple(IndexKey(column=name.lstrip("-"), is_descending=name.startswith("-")) for name in names)


def order(*names: str, equal: str = ""):
    return order_of(keys(*names), frozenset(equal.split()))


def both(one, other):
    found = merged(one, other)
    assert found is not None
    return " ".join(("-" if key.is_descending else "") + key.column for key in keys_in(found))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (order("a", "b", equal="a b"), order("b", equal="b"), "b a"),
        (order("a", "b", equal="a b"), order("a", equal="a"), "a b"),
        (order("a", "b", "c", equal="a b c"), order("c", equal="c"), "c a b"),
        (order("a", "b", "-t", equal="a b"), order("b", equal="b"), "b a -t"),
        (order("a", "b", equal="a b"), order("b", "-a", equal="b"), "b -a"),
        (order("a", "-t", equal="a"), order("a", equal="a"), "a -t"),
        (order("a", "-t", equal="a"), order("a", "-t", equal="a"), "a -t"),
        (order("a", "-t", equal="a"), order("a", "t", equal="a"), "a -t"),
        (order("a", "t"), order("a", "t", "u"), "a t u"),
    ],
)
def test_one_order_serves_both(one, other, expected):
    assert both(one, other) == expected
    assert both(other, one).replace("-", "") == expected.replace("-", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (order("a", "-t", equal="a"), order("a", "b", equal="a b")),
        (order("a", equal="a"), order("b", equal="b")),
        (order("a", "b"), order("b", equal="b")),  # b is a range there
        (order("a", "b", "-t", equal="a b"), order("b", "-t", equal="b")),
        (order("t", "u"), order("t", "-u")),
        (order("a", "b", equal="a b"), order("b", "c", equal="b c")),
    ],
)
def test_what_asks_for_another_order_stays_apart(one, other):
    assert merged(one, other) is None
    assert merged(other, one) is None


def test_a_key_of_another_operator_class_is_another_key():
    pattern = (IndexKey(column="a", opclass="text_pattern_ops"),)
    assert merged(order_of(pattern), order("a")) is None


def test_equal_expressions_change_places_too():
    upper = IndexKey(expression='UPPER("email")', django='Upper("email")')
    one = order_of((*keys("tenant"), upper), frozenset({"tenant", "(upperemail)"}))
    found = merged(one, order_of((upper,), frozenset({"(upperemail)"})))
    assert keys_in(found) == (upper, *keys("tenant"))


def test_nulls_are_turned_with_the_direction():
    last = (IndexKey(column="t", is_descending=True, nulls="last"),)
    first = (IndexKey(column="t", nulls="first"),)
    assert keys_in(merged(order_of(last), order_of(first))) == last
    assert merged(order_of(last), order("t")) is None


def test_an_index_serves_what_it_begins_with():
    assert serves(keys("b", "a"), order("a", "b", equal="a b"))
    assert serves(keys("a", "-t"), order("a", equal="a"))
    assert not serves(keys("a"), order("a", "b", equal="a b"))
    assert not serves(keys("a", "-t"), order("t"))
