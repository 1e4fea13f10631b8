"""Rows of the ski resort."""

from __future__ import annotations

from datetime import date
from typing import Any

from data_rows import minutes, pick, prose, rows


def fill_ski() -> None:
    from django.db import connection
    from ski import models as s

    resorts = rows(s.Resort, 6, lambda i: {"name": f"Resort {i}"})
    zones: list[Any] = []
    for i in range(42):
        parent = zones[(i - 1) // 2] if i % 21 else None
        zones.append(s.Zone.objects.create(name=f"Zone {i}", resort=resorts[i % 6], parent=parent))
    lifts = rows(
        s.Lift,
        90,
        lambda i: {
            "zone": pick(zones, i),
            "name": f"Lift {i:02}",
            "kind": ("chair", "drag", "cabin")[i % 3],
            "is_open": i % 9 > 0,
        },
    )
    slopes = rows(
        s.Slope,
        240,
        lambda i: {
            "zone": pick(zones, i, 5),
            "lift": pick(lifts, i) if i % 4 else None,
            "name": f"Slope {i:03}",
            "colour": ("blue", "red", "black")[i % 3],
        },
    )
    skiers: list[Any] = []
    for i in range(700):
        guardian = skiers[i // 2] if i % 3 == 1 and i > 3 else None
        skiers.append(
            s.Skier.objects.create(
                name=f"Skier {i:03}", email=f"s{i}@ski.example", level=i % 6, guardian=guardian
            )
        )
    languages = rows(s.Language, 12, lambda i: {"name": f"Language {i}"})
    instructors: list[Any] = []
    for i in range(60):
        made = s.Instructor.objects.create(
            name=f"Instructor {i}",
            email=f"i{i}@ski.example",
            resort=resorts[i % 6],
            speciality=("alpine", "board")[i % 2],
        )
        made.languages.set([languages[i % 12], languages[(i + 5) % 12]])
        instructors.append(made)
    courses = rows(
        s.Course,
        800,
        lambda i: {
            "instructor": pick(instructors, i, 7),
            "slope": pick(slopes, i, 7) if i % 5 else None,
            "title": f"Course {i}",
            "starts_at": minutes(i, 200),
            "capacity": 8 + i % 5,
        },
    )
    bookings = rows(
        s.Booking,
        5600,
        lambda i: {
            "course": courses[i // 7],
            "skier": pick(skiers, i, 11),
            "is_paid": i % 3 > 0,
            "booked_at": minutes(i, 40),
        },
    )
    rows(s.Insurance, 1400, lambda i: {"booking": bookings[i * 4], "policy": f"PO{i}"})
    rows(
        s.Pass,
        2000,
        lambda i: {
            "skier": pick(skiers, i),
            "code": f"P{i:05}",
            "kind": ("day", "week", "season")[i % 3],
            "price": 50 + i % 300,
            "valid_until": date(2025, 1 + i % 12, 20),
        },
    )
    kinds = rows(s.Kind, 15, lambda i: {"name": f"Kind {i}", "daily_price": 10 + i})
    items = rows(
        s.Item,
        1200,
        lambda i: {"kind": pick(kinds, i), "serial": f"SN{i:05}", "state": ("ok", "worn")[i % 7 == 0]},
    )
    rows(
        s.Rental,
        6000,
        lambda i: {
            "item": pick(items, i, 7),
            "skier": pick(skiers, i, 13),
            "out_at": minutes(i, 30),
            "back_at": minutes(i, 29) if i % 12 else None,
        },
    )
    rows(
        s.SnowReport,
        480,
        lambda i: {
            "slope": pick(slopes, i),
            "at": minutes(i, 60),
            "depth": 20 + i % 150,
            "summary": f"Powder {i}",
            "bulletin": prose(i, 9000),
            "measurements": {"log": prose(i + 900, 5000)},
        },
    )
    rows(
        s.Incident,
        1500,
        lambda i: {
            "slope": pick(slopes, i, 7),
            "leader": pick(instructors, i, 7) if i % 5 else None,
            "reported_by": pick(skiers, i, 3) if i % 2 else None,
            "severity": 1 + i % 5,
            "at": minutes(i, 120),
            "text": f"Fall {i}",
        },
    )
    rows(s.Tariff, 5, lambda i: {"code": f"T{i}", "percent": 60 + i * 10})
    rows(s.Webcam, 200, lambda i: {"slope": pick(slopes, i), "image": f"cams/{i}.jpg"})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ski_scan (lift_id, code, at) SELECT (SELECT min(id) FROM ski_lift) + n % 90, 'P' || lpad((n % 2000)::text, 5, '0'),"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '20 seconds' FROM generate_series(1, 300000) AS n"
        )
