"""Tests of sql/patterns.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.patterns import like_pattern, longest_word, regex_pattern


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("abc%", ("prefix", 3)),
        ("%abc%", ("infix", 3)),
        ("%abc", ("suffix", 3)),
        ("abc", ("exact", 3)),
        ("", ("mixed", 0)),
        ("%_%", ("mixed", 0)),
        ("a_b%", ("prefix", 1)),
        ("%a%bcd%", ("infix", 3)),
        ("100\\%%", ("prefix", 4)),
        ("\\_ab%", ("prefix", 3)),
    ],
)
def test_a_like_is_open_where_its_wildcards_stand(pattern, told):
    assert like_pattern(pattern) == told


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("^abc", ("prefix", 3)),
        ("^(abc|x)", ("infix", 1)),
        ("abc.*de", ("infix", 3)),
        ("foo|barbaz", ("infix", 3)),
        ("abcd?", ("infix", 3)),
        ("abcd*e", ("infix", 3)),
        ("abcd{0,2}", ("infix", 3)),
        ("[abc]+de", ("infix", 2)),
        ("\\mword\\M", ("infix", 4)),
        ("(?i)word", ("infix", 4)),
        ("", ("infix", 0)),
    ],
)
def test_of_a_regular_expression_only_what_every_match_has_counts(pattern, told):
    assert regex_pattern(pattern) == told


@given(st.text(alphabet="abc%_\\.|()[]{}?*+^$1 ", max_size=20))
def test_whatever_the_pattern_its_words_are_no_longer_than_it(pattern):
    for form, length in (like_pattern(pattern), regex_pattern(pattern)):
        assert form in ("prefix", "suffix", "infix", "exact", "mixed")
        assert 0 <= length <= len(pattern)


def test_a_word_is_letters_and_digits():
    assert [longest_word(text) for text in ("", "a b", "ab_cde", "été1")] == [0, 1, 3, 4]


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        ("%AB-77%", 3),
        ("%AB-%", 3),
        ("%-7-%", 3),
        ("%-7%", 2),
        ("%A-7%", 2),
        ("%AB%77%", 2),
        ("%AB\\%77%", 3),
        ("%AB_77%", 2),
    ],
)
def test_a_word_that_ends_within_a_like_has_a_trigram_more(pattern, length):
    """As `show_trgm` of PostgreSQL has words begin and end with blanks."""
    assert like_pattern(pattern)[1] == length
