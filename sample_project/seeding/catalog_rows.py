"""Rows of catalog and staff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from seeding import words
from seeding.world import START, World, moment, money, skewed

Rows = Iterator[tuple[object, ...]]

ROOTS = 8  # categories without a parent
CHILDREN = 6  # categories below each


def companies(world: World) -> Rows:
    rng = world.rng("companies")
    for number in range(1, world.scale.companies + 1):
        yield number, f"{rng.choice(words.LAST_NAMES)} {number} Ltd", rng.choice(words.COUNTRIES)


def brands(world: World) -> Rows:
    rng = world.rng("brands")
    for number in range(1, world.scale.brands + 1):
        name = f"{rng.choice(words.LAST_NAMES)} & {rng.choice(words.LAST_NAMES)} {number}"
        yield number, name, f"brand-{number}", 1 + rng.randrange(world.scale.companies)


def categories(world: World) -> Rows:
    for root in range(1, ROOTS + 1):
        yield root, f"{words.MATERIALS[root]} goods", f"category-{root}", None
    for number in range(ROOTS + 1, ROOTS + ROOTS * CHILDREN + 1):
        parent = 1 + (number - ROOTS - 1) // CHILDREN
        yield number, f"{words.MATERIALS[parent]} {words.THINGS[number % 40]}", f"category-{number}", parent


def tags(world: World) -> Rows:
    for number, name in enumerate(words.TAGS, 1):
        yield number, name, name


def products(world: World) -> Rows:
    rng = world.rng("products")
    for number in world.products:
        name = f"{rng.choice(words.ADJECTIVES)} {rng.choice(words.MATERIALS)} {rng.choice(words.THINGS)}"
        description = " ".join(rng.sample(words.PHRASES, 2))
        lexemes = sorted(set(f"{name} {description}".lower().replace(".", "").replace(",", "").split()))
        colours = rng.sample(words.COLOURS, 1 + rng.randrange(3))
        attributes = {"weight_g": 50 * (1 + rng.randrange(200)), "washable": rng.random() < 0.4}
        yield (
            number,
            name,
            f"{name.lower().replace(' ', '-')}-{number}",
            1 + rng.randrange(world.scale.brands),
            ROOTS + 1 + rng.randrange(ROOTS * CHILDREN),
            money(world.price_cents[number]),
            description,
            json.dumps(attributes),
            colours,
            " ".join(f"'{lexeme}'" for lexeme in lexemes),
            rng.random() < 0.97,
            moment(number, world.scale.products),
        )


def product_tags(world: World) -> Rows:
    rng = world.rng("product tags")
    number = 0
    for product in world.products:
        for tag in sorted({skewed(rng, len(words.TAGS), 1.5) for _ in range(3)}):
            number += 1
            yield number, product, tag


def stocks(world: World) -> Rows:
    rng = world.rng("stocks")
    for product in world.products:
        yield (
            product,
            product,
            int(rng.expovariate(0.02)),
            f"{rng.choice('ABCDEFGH')}{rng.randrange(100):02d}",
        )


def warranties(world: World) -> Rows:
    rng = world.rng("warranties")
    for number, product in enumerate((p for p in world.products if p % 2), 1):
        yield number, product, rng.choice((12, 24, 36))


def collections(world: World) -> Rows:
    for number, (colour, thing) in enumerate(zip(words.COLOURS, words.THINGS, strict=False), 1):
        yield number, f"{colour.title()} {thing.lower()} days"


def collection_products(world: World) -> Rows:
    rng = world.rng("collections")
    number = 0
    for product in world.products:
        for collection in sorted({1 + rng.randrange(len(words.COLOURS)) for _ in range(2)}):
            number += 1
            yield number, collection, product


def departments(world: World) -> Rows:
    yield from enumerate(words.DEPARTMENTS, 1)


def people(world: World) -> Rows:
    rng = world.rng("people")
    for number in range(1, world.scale.people + 1):
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        yield number, f"{first} {last}", f"{first}.{last}.{number}@staff.example".lower()


def employees(world: World) -> Rows:
    """Every person is one, except for one in ten: board members and guests."""
    rng = world.rng("employees")
    for person in range(1, world.scale.people + 1):
        if person % 10:
            started = (START + timedelta(days=rng.randrange(1200))).date()
            yield person, 1 + rng.randrange(len(words.DEPARTMENTS)), rng.choice(words.TITLES), started


def managers(world: World) -> Rows:
    rng = world.rng("managers")
    for person in range(5, world.scale.people + 1, 20):
        yield person, f"Room {100 + person}", money(100 * rng.randrange(10_000, 900_000))
