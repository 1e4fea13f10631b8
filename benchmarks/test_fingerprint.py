"""What fingerprinting costs: `pytest benchmarks/test_fingerprint.py --benchmark-only`."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from queryscope.sql.fingerprint import LIST_MARKER, fingerprint, kind, normalize

COLUMNS = ", ".join(f'"shop_order"."column_{number}"' for number in range(60))


def _typical(number: int) -> str:
    book = '"shop_book"'
    return f'SELECT {book}."id", {book}."title" FROM {book} WHERE {book}."id" = {number} LIMIT 21'


def _long(number: int) -> str:
    joins = " ".join(
        f'LEFT OUTER JOIN "shop_part{n}" ON ("shop_order"."part_{n}_id" = "shop_part{n}"."id")'
        for n in range(12)
    )
    where = f'"shop_order"."total" > {number} AND "shop_order"."state" = \'open\''
    return f'SELECT {COLUMNS} FROM "shop_order" {joins} WHERE {where}'


def _in_list(number: int) -> str:
    listed = ", ".join(str(number + offset) for offset in range(1000))
    return f'SELECT "id" FROM "shop_book" WHERE "id" IN ({listed})'


def _huge(number: int) -> str:
    listed = ", ".join(f"'{number + offset:0196}'" for offset in range(50_000))
    return f'SELECT "id" FROM "shop_book" WHERE "slug" IN ({listed})'


@pytest.mark.parametrize("write", [_typical, _long, _in_list])
def test_normalizing_a_text_met_for_the_first_time(benchmark: Any, write: Any) -> None:
    numbers = count(1_000_000)
    # A text of its own for each call: the cache never knows it.
    text = benchmark.pedantic(normalize, setup=lambda: ((write(next(numbers)),), {}), rounds=300)
    assert "%s" in text or LIST_MARKER in text


def test_normalizing_ten_megabytes(benchmark: Any) -> None:
    text = benchmark.pedantic(normalize, args=(_huge(0),), rounds=10)
    assert text.endswith(f"IN ({LIST_MARKER})")


@pytest.mark.parametrize("write", [_typical, _long])
def test_normalizing_a_known_text(benchmark: Any, write: Any) -> None:
    assert "%s" in benchmark(normalize, write(1))


def test_hashing_a_known_text(benchmark: Any) -> None:
    assert len(benchmark(fingerprint, _typical(1))) == 16


def test_telling_the_kind_of_a_known_text(benchmark: Any) -> None:
    assert benchmark(kind, _typical(1)) == "select"
