"""SQL for the eye."""

from __future__ import annotations

import time

import pytest

from queryscope.sql.layout import lay_out, shorten_columns

COLUMNS = ", ".join(f'"book"."c{number}"' for number in range(40))


def test_each_clause_and_each_column_stands_on_its_line():
    lines = lay_out(
        'SELECT "a", "b" FROM "t" WHERE ("t"."b" = %s AND "t"."c" IN (…)) ORDER BY "a" ASC LIMIT %s'
    ).splitlines()
    assert [line.split()[0] for line in lines] == [
        "SELECT",
        '"a",',
        '"b"',
        "FROM",
        "WHERE",
        "AND",
        "ORDER",
        "LIMIT",
    ]
    assert lines[1:3] == ['  "a",', '  "b"']


def test_the_words_stay_as_they_were():
    sql = 'select "Name" from "T" where UPPER("T"."Name"::text) LIKE UPPER(%s)'
    assert lay_out(sql).split() == sql.split()


def test_a_long_statement_is_shown_as_it_is():
    sql = "SELECT " + ", ".join(["a"] * 4000)
    assert lay_out(sql) == sql


def test_a_huge_statement_is_cut_and_says_so():
    text = lay_out("SELECT " + "a" * 1_000_000)
    assert len(text) < 21_000
    assert text.endswith("… (980007 characters more)")


@pytest.mark.parametrize("piece", ["(", "(1,", "case when ", "'", '"', "select (", "[", "begin ", "\x00"])
def test_hostile_text_is_laid_out_in_bounded_time(piece: str):
    started = time.perf_counter()
    assert isinstance(lay_out(piece * (6000 // len(piece))), str)
    assert time.perf_counter() - started < 3


def test_nothing_stays_nothing():
    assert lay_out("") == ""


def test_a_long_column_list_loses_its_middle():
    short = shorten_columns(f'SELECT {COLUMNS} FROM "book"')
    assert short.count('"c') == 9
    assert '"book"."c7", …, "book"."c39" FROM "book"' in short


def test_a_short_column_list_is_complete():
    sql = 'SELECT "book"."a", "book"."b" FROM "book"'
    assert shorten_columns(sql) == sql
