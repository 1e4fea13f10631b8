"""Tests of rules/index/candidate/lengths.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.expression import read_expression
from queryscope.rules.index.candidate.operand import Obstacle
from queryscope.sql.scalar import read_scalar
from tests.rules.index.records import RECORD, make_table

LENGTH = 'CASE WHEN "tags" IS NULL THEN NULL ELSE coalesce(array_length("tags", 1), 0) END'


def read(text):
    return read_expression(read_scalar(text), table=make_table(), model=RECORD)


@pytest.mark.parametrize("text", [LENGTH, LENGTH.replace("THEN NULL", "THEN NULL::integer")])
def test_the_length_of_an_array_is_written_as_django_asks_for_it(text):
    found = read(text)
    assert (found.django, found.type) == ('models.F("tags__len")', "integer")
    assert read_scalar(found.sql) == read_scalar(LENGTH)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", 1)", ", 2)"),
        (", 0)", ", 5)"),
        ('"tags" IS', '"name" IS'),
        ("IS NULL", "IS NOT NULL"),
        ("THEN NULL", "THEN 0"),
        ('"tags"', '"name"'),
        ("ELSE", "WHEN true THEN"),
    ],
)
def test_what_is_nearly_so_is_not_known(old, new):
    assert isinstance(read(LENGTH.replace(old, new)), Obstacle)
