from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.tokens import DEEPEST, Group, read_tokens


def kinds(text):
    return [item.kind if not isinstance(item, Group) else "group" for item in read_tokens(text)]


def texts(text):
    return [item.text for item in read_tokens(text) if not isinstance(item, Group)]


def test_words_are_in_upper_case_and_quoted_names_are_bare():
    assert texts('select "Na""me" from t') == ["SELECT", 'Na"me', "FROM", "T"]


@pytest.mark.parametrize(
    "value", ["%s", "%(a)s", "$1", "…", "1.5", "'it''s'", "E'a'", "$x$ a ' b $x$", "$$a$$"]
)
def test_values_are_one_token(value):
    assert kinds(f"a = {value}") == ["word", "sign", "value"]


def test_comments_and_space_are_no_tokens():
    assert texts("a -- b\n/* c */ d") == ["A", "D"]


def test_parentheses_are_groups_with_their_place():
    text = "a (b (c)) d"
    group = read_tokens(text)[1]
    assert text[group.start : group.end] == "(b (c))"
    assert isinstance(group.items[1], Group)


@pytest.mark.parametrize("text", ["(((a", "a)))", "'open", '"open', "/* open", "$x$ open", ")(", ""])
def test_what_is_never_closed_ends_with_the_text(text):
    read_tokens(text)


def test_parentheses_beyond_all_measure_are_read_flat():
    group = read_tokens("(" * 5_000 + "a" + ")" * 5_000)[0]
    depth = 0
    while isinstance(group, Group) and group.items:
        group, depth = group.items[0], depth + 1
    assert depth == DEEPEST


@given(st.text(alphabet="ab '\"()$%s,.:-/*\n…\U0001f600", max_size=200))
def test_any_text_has_tokens_in_their_order(text):
    def places(items):
        for item in items:
            yield item.start
            if isinstance(item, Group):
                yield from places(item.items)

    found = list(places(read_tokens(text)))
    assert found == sorted(found)
