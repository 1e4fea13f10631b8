"""Adding names to arguments: in place where a longer path implies one, else behind the last."""

from __future__ import annotations

from textwrap import dedent

import pytest

from queryscope.fixes.arguments import extend, extended, is_within, literals, missing, quoted
from queryscope.fixes.source import Source


def call(text: str):
    source = Source("a.py", dedent(text))
    return source, source.tree.body[0].value.args


def after(text: str, *paths: str, in_place: bool = True) -> str:
    source, items = call(text)
    return source.apply(extend(source, items, paths, in_place=in_place)).strip()


@pytest.mark.parametrize(
    ("path", "longer", "told"),
    [
        ("author", "author", True),
        ("author", "author__publisher", True),
        ("author", "authors", False),
        ("author", "author_id", False),
        ("author__publisher", "author", False),
    ],
)
def test_a_path_implies_its_beginnings(path, longer, told):
    assert is_within(path, longer) is told


def test_only_written_strings_are_literals():
    _, items = call("f('a', b, *c, 1, None, 'd' 'e', f'g', Prefetch('h'))")
    assert literals(items) == ["a", "de"]


def test_what_is_named_or_implied_is_not_missing():
    _, items = call("f('a__b', 'c')")
    assert missing(items, ("a", "a__b", "a__b__d", "c", "e")) == ("a__b__d", "e")


@pytest.mark.parametrize(
    ("text", "paths", "told"),
    [
        ("f('a')", ("b",), "f('a', 'b')"),
        ("f('a')", ("a__b",), "f('a__b')"),
        ("f('a', 'x')", ("a__b", "a__c"), "f('a__b', 'a__c', 'x')"),
        ("f('x', 'a')", ("a__b", "c"), "f('x', 'a__b', 'c')"),
        ("f(\"a\", 'b')", ("a__c", "d"), "f(\"a__c\", 'b', 'd')"),
        ("f('a', 'a__b')", ("a__b__c",), "f('a__b__c', 'a__b')"),
        ("f('a',)", ("b",), "f('a', 'b',)"),
        ("f('a' 'b')", ("ab__c",), "f('ab__c')"),
        ("f(*names)", ("b",), 'f(*names, "b")'),
        ("f('''a''')", ("b",), "f('''a''', \"b\")"),
        ("f('a')", ("a",), "f('a')"),
    ],
)
def test_names_are_added_on_a_line(text, paths, told):
    assert after(text, *paths) == told


def test_everything_goes_to_the_end_where_order_counts():
    assert after("f('a', P('a__b'))", "a__b__c", in_place=False) == "f('a', P('a__b'), 'a__b__c')"


def test_names_in_a_column_stay_in_a_column():
    text = """
    f(
        "a",  # the first
        "b",
    )
    """
    told = """
    f(
        "a__x",  # the first
        "b",
        "c",
    )
    """
    assert after(text, "a__x", "c") == dedent(told).strip()


def test_the_last_of_a_column_gives_way_and_is_followed():
    assert after("f(\n    'a',\n    'b'\n)", "b__x", "c") == "f(\n    'a',\n    'b__x',\n    'c'\n)"


def test_windows_line_ends_stay():
    source, items = call("f(\r\n  'a',\r\n)\r\n")
    assert source.apply(extend(source, items, ("b",))) == "f(\r\n  'a',\r\n  'b',\r\n)\r\n"


def test_the_names_afterwards_are_told_once():
    _, items = call("f('a', 'x', *more)")
    assert extended(items, ("a__b", "x", "y")) == ("x", "a__b", "y")


def test_names_are_quoted_with_the_mark():
    assert quoted(["a", "b"], "'") == "'a', 'b'"
