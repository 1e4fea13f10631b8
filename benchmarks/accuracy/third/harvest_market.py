"""Rows of the marketplace."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from data_rows import minutes, pick, prose, rows


def fill_gear() -> None:
    from exams.models import Account
    from gear import models as g

    accounts = list(Account.objects.order_by("pk"))
    categories: list[Any] = []
    for i in range(62):
        parent = categories[(i - 2) // 2] if i > 1 else None
        categories.append(
            g.Category.objects.create(name=f"Category {i}", slug=f"category-{i}", parent=parent)
        )
    makers = rows(g.Maker, 45, lambda i: {"name": f"Maker {i}", "city": f"City {i % 8}"})
    sellers: list[Any] = []
    workshops: list[Any] = []
    for i in range(220):
        fields = {"account": accounts[i * 4], "city": f"City {i % 20}", "since": date(2005 + i % 20, 3, 1)}
        if i % 9 == 0:
            workshops.append(g.Workshop.objects.create(hourly_rate=40 + i % 30, **fields))
            sellers.append(workshops[-1].seller_ptr)
        else:
            sellers.append(g.Seller.objects.create(**fields))
    listings = rows(
        g.Listing,
        4000,
        lambda i: {
            "title": f"Instrument {i}",
            "category": pick(categories, i, 5),
            "maker": pick(makers, i, 7) if i % 5 else None,
            "seller": pick(sellers, i * 7 + i // 220),
            "price": 50 + i % 3000,
            "status": ("sale", "sold", "draft")[i % 3],
            "views": i * 31 % 5000,
            "specs": {"strings": i % 13},
            "created_at": minutes(i, 45),
        },
    )
    watchers = g.Listing.watchers.through
    watchers.objects.bulk_create(
        [
            watchers(listing=one, account=pick(accounts, i * 3 + n * 101))
            for i, one in enumerate(listings)
            for n in range(2)
        ],
        batch_size=5000,
    )
    fill_trade(g, listings, accounts, workshops, sellers)


def fill_trade(
    g: Any, listings: list[Any], accounts: list[Any], workshops: list[Any], sellers: list[Any]
) -> None:
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    source = random.Random(8)
    rows(
        g.Story,
        260,
        lambda i: {
            "listing": listings[i],
            "headline": f"Story {i}",
            "body": prose(i, 6000),
            "history": prose(i + 300, 8000),
            "recording": source.randbytes(12_000),
        },
    )
    rows(
        g.Photo,
        10_000,
        lambda i: {"listing": pick(listings, i), "image": f"photos/{i}.jpg", "position": i // 4000},
    )
    rows(
        g.Offer,
        9000,
        lambda i: {
            "listing": pick(listings, i),
            "buyer": pick(accounts, i, 7),
            "amount": 40 + i % 2500,
            "state": ("open", "refused", "accepted")[i % 3],
            "made_at": minutes(i, 15),
        },
    )
    couriers = rows(g.Courier, 6, lambda i: {"name": f"Courier {i}"})
    sold = listings[1::3]
    purchases = rows(
        g.Purchase,
        len(sold),
        lambda i: {
            "listing": sold[i],
            "buyer": pick(accounts, i, 3),
            "courier": pick(couriers, i) if i % 4 else None,
            "price": sold[i].price,
            "state": ("paid", "shipped")[i % 2],
        },
    )
    rows(g.Review, 2000, lambda i: {"purchase": pick(purchases, i), "stars": 1 + i % 5, "text": f"Good {i}"})
    rows(
        g.Message,
        8000,
        lambda i: {
            "listing": pick(listings, i, 3),
            "sender": pick(accounts, i, 11),
            "text": f"Hello {i}",
            "is_read": i % 4 > 0,
        },
    )
    kinds = [ContentType.objects.get_for_model(model) for model in (g.Listing, g.Maker)]
    makers = list(g.Maker.objects.order_by("pk"))
    rows(
        g.Remark,
        900,
        lambda i: {
            "content_type": kinds[i % 10 == 9],
            "object_id": (pick(makers, i // 10) if i % 10 == 9 else listings[i]).pk,
            "text": f"Remark {i}",
        },
    )
    rows(g.Coupon, 300, lambda i: {"code": f"K{i:04}", "percent": 5 + i % 20})
    rows(g.Rate, 5, lambda i: {"currency": ("EUR", "USD", "CHF", "GBP", "SEK")[i], "value": 1 + i / 10})
    rows(
        g.Repair,
        1500,
        lambda i: {
            "workshop": pick(workshops, i),
            "listing": pick(listings, i, 7),
            "state": ("open", "done")[i % 3 > 0],
            "cost": 30 + i % 300,
        },
    )
    rows(g.Payout, 1000, lambda i: {"seller": pick(sellers, i), "amount": 20 + i % 900})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gear_click (listing_id, at) SELECT n % 4000,"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '20 seconds' FROM generate_series(1, 320000) AS n"
        )
