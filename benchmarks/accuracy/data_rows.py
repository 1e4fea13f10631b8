"""Makes rows: the same ones each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)  # "today" in every situation
WORDS = ("cello", "harbour", "ledger", "ministry", "north", "orchard", "paper", "quarter", "river", "stone")


def prose(seed_number: int, length: int) -> str:
    """Text that doesn't compress to nothing."""
    source = random.Random(seed_number)
    words = (f"{source.choice(WORDS)}{source.randrange(10_000)}" for _ in count())
    text = ""
    while len(text) < length:
        text += " ".join(next(words) for _ in range(50)) + "\n"
    return text[:length]


def rows(model: Any, number: int, make: Any) -> list[Any]:
    """`number` rows of a model, made from their positions."""
    return model.objects.bulk_create([model(**make(i)) for i in range(number)], batch_size=2000)


def pick(among: list[Any], i: int, step: int = 1) -> Any:
    """One of them, spread evenly."""
    return among[(i * step) % len(among)]


def minutes(i: int, each: int) -> datetime:
    """Some time before now."""
    return NOW - timedelta(minutes=i * each)


def fill(*fillers: Callable[[], None]) -> None:
    """Fill every table, and let the planner know."""
    from django.db import connection, transaction

    with transaction.atomic():
        for filler in fillers:
            filler()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
