"""Rows of the big tables that the index problems read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from psycopg.types.range import TimestamptzRange

from seeding import words
from seeding.world import World, moment, skewed

Rows = Iterator[tuple[object, ...]]

DEPOTS = 40
STATUSES = ("delivered", "on the way", "returned", "lost")
STATUS_WEIGHTS = (94, 98, 99.7, 100)  # cumulative, in percent


def shipments(world: World) -> Rows:
    rng = world.rng("shipments")
    count = world.scale.shipments
    for number in range(1, count + 1):
        shipped = moment(number, count)
        arrival = (shipped + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        details: dict[str, object] = {"weight_g": 50 * (1 + rng.randrange(200))}
        if number % 5 == 0:
            details["customs"] = f"CN-{number:07d}"
        yield (
            number,
            f"1Z{number * 7919 % 10_000_019:08d}",
            1 + number * world.scale.orders // (count + 1),
            f"D{skewed(rng, DEPOTS, 1.3):02d}",
            rng.choices(STATUSES, cum_weights=STATUS_WEIGHTS)[0],
            f"{words.FIRST_NAMES[number % 45]} {words.LAST_NAMES[number % 50]} {number % 5000}",
            json.dumps(details),
            ["lithium", "fragile"] if rng.random() < 0.003 else ["fragile"] if rng.random() < 0.1 else [],
            TimestamptzRange(arrival, arrival + timedelta(hours=12)),
            shipped,
        )


def messages(world: World) -> Rows:
    rng = world.rng("messages")
    count = world.scale.messages
    for number in range(1, count + 1):
        sentence = words.RARE_SENTENCE if rng.random() < 0.002 else rng.choice(words.SENTENCES)
        body = sentence.format(city=rng.choice(words.CITIES), thing=rng.choice(words.THINGS).lower())
        author = f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}"
        yield number, author, body, moment(number, count)
