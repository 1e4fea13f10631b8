"""Tests of database/key_lengths.py: no index is advised that would keep rows from being written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, OperationalError, connections

from queryscope.database.proof import Permit, Proof, prove_indexes
from queryscope.database.trial_measure import Select
from queryscope.model import IndexAdvice, IndexKey, Level
from tests.database.test_proof import ALLOWED, NOT_HERE

CREATE = """
    DROP TABLE IF EXISTS letters;
    CREATE TABLE letters (
        id bigint PRIMARY KEY,
        code text NOT NULL,
        link text NOT NULL,
        body text NOT NULL,
        title varchar(100) NOT NULL,
        headline varchar(1000) NOT NULL,
        data jsonb NOT NULL
    );
    INSERT INTO letters
    SELECT n, 'C' || n, 'https://' || CASE WHEN n % 50 = 0 THEN repeat(md5(n::text), 25) ELSE '' END || n,
           CASE WHEN n = 4567 THEN (SELECT string_agg(md5(k::text), '') FROM generate_series(1, 50) k)
                ELSE 'B' || n END,
           'T' || n, 'H' || n, jsonb_build_object('k', 'K' || n)
    FROM generate_series(1, 60000) n;
    ANALYZE letters;
"""


@pytest.fixture(scope="module")
def letters(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The connection to a database with texts of all lengths."""
    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.execute(CREATE)
        yield connection
        with connection.connection.cursor() as cursor:
            cursor.execute("DROP TABLE letters")


def proved(
    letters: Any, key: str, *, expression: str = "", method: str = "btree", permit: Permit = ALLOWED
) -> Proof:
    """What comes of an index on a column, or an expression called `key`, for the row that has its value."""
    index = IndexAdvice(
        relation="letters",
        model="post.Letter",
        method=method,
        keys=(IndexKey(column="" if expression else key, django=key, expression=expression),),
        name="letters_key",
        serves=("f0",),
    )
    operand = expression or f'"{key}"'
    sql = f"SELECT id FROM letters WHERE {operand} = (SELECT {operand} FROM letters WHERE id = %s)"
    return prove_indexes(letters, [index], Select(sql=sql, params=(777,)), permit=permit)


def test_a_text_without_a_limit_whose_values_are_short_gets_its_index_and_the_number(letters):
    (advice,) = proved(letters, "code").indexes
    assert advice.evidence.level is Level.TIMED
    assert advice.evidence.note.endswith(
        "By its type code may get longer than the 6 bytes of the longest here: a row with more than "
        "2,704 bytes of keys PostgreSQL would refuse to write."
    )


@pytest.mark.parametrize("key", ["link", "body"])
def test_a_btree_that_longer_texts_may_come_to_is_refused(letters, key):
    proof = proved(letters, key)
    assert proof.indexes == ()
    (refusal,) = proof.refusals
    assert refusal.kind == "too-long"
    longest = "813" if key == "link" else "1,600"
    assert refusal.reason == (
        f"{key} of letters has up to {longest} bytes, and may get longer: a btree takes 2,704 of a row, "
        "and a row with more could not be written any more. "
        "HashIndex has no such limit, and finds equal values."
    )


def test_a_hash_has_no_such_limit(letters):
    (advice,) = proved(letters, "body", method="hash").indexes
    assert "2,704" not in advice.evidence.note


def test_a_type_with_a_limit_needs_no_word(letters):
    (advice,) = proved(letters, "title").indexes
    assert "2,704" not in advice.evidence.note


def test_a_limit_above_that_of_a_btree_is_none(letters):
    (advice,) = proved(letters, "headline").indexes
    assert "headline may get longer than the 6 bytes" in advice.evidence.note


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ('UPPER("title")', ""),
        ('UPPER("code")', "key may get longer than the 6 bytes"),
        ("(\"data\" -> 'k')", "key may get longer than the "),
        ('MD5("body")', ""),
        ('LENGTH("body")', ""),
        ('LEFT("body", 20)', ""),
    ],
)
def test_an_expression_is_as_long_as_what_it_is_made_of(letters, expression, told):
    (advice,) = proved(letters, "key", expression=expression).indexes
    assert (told in advice.evidence.note) if told else ("2,704" not in advice.evidence.note)


def test_where_nothing_is_built_the_statistics_tell(letters):
    (advice,) = proved(letters, "code", permit=NOT_HERE).indexes
    assert advice.evidence.level is Level.USABLE
    assert "code may get longer than the 6 bytes" in advice.evidence.note
    (refusal,) = proved(letters, "link", permit=NOT_HERE).refusals
    assert refusal.kind == "too-long"


def test_what_is_refused_would_have_kept_a_row_from_being_written(letters):
    long = "(SELECT string_agg(md5(k::text), '') FROM generate_series(1, 200) k)"
    write = f"INSERT INTO letters VALUES (0, '', '', {long}, '', '', '{{}}')"
    with letters.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("CREATE INDEX letters_body ON letters (body)")
        with pytest.raises((DataError, OperationalError), match="index row size 6"):
            cursor.execute(write)
        cursor.execute("ROLLBACK")
        cursor.execute("BEGIN")
        cursor.execute("CREATE INDEX letters_body ON letters USING hash (body)")
        cursor.execute(write)
        cursor.execute("ROLLBACK")
