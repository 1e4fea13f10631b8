"""Rows of the blood bank."""

from __future__ import annotations

import uuid

from data_rows import minutes, pick, prose, rows


def fill_blood() -> None:
    from bloodbank import models as b
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    regions: list = []
    for i in range(40):
        parent = regions[(i - 1) // 3] if i else None
        regions.append(b.Region.objects.create(name=f"Region {i}", parent=parent))
    centres = rows(
        b.Centre,
        50,
        lambda i: {"region": pick(regions, i, 3), "name": f"Centre {i:02}", "is_mobile": i % 2 == 0},
    )
    staff = rows(
        b.Staff,
        120,
        lambda i: {
            "username": f"staff{i}",
            "first_name": f"First{i}",
            "last_name": f"Last{i}",
            "centre": pick(centres, i) if i % 6 else None,
        },
    )
    rows(b.Badge, 90, lambda i: {"staff": staff[i], "number": f"B{i}"})
    donors = []
    for i in range(1200):
        donors.append(
            b.Donor(
                id=uuid.UUID(int=i + 1),
                name=f"Donor {i:04}",
                email=f"d{i}@blood.example",
                group=("O-", "O+", "A+", "B+", "AB-")[i % 5],
                centre=pick(centres, i, 7),
                referred_by=donors[i // 2] if i % 3 == 1 and i > 3 else None,
                is_deleted=i % 40 == 39,
            )
        )
    b.Donor.objects.bulk_create(donors)
    rows(b.Health, 900, lambda i: {"donor": donors[i], "haemoglobin": 12 + i % 5, "allergies": "none"})
    drives = rows(
        b.Drive,
        200,
        lambda i: {"centre": pick(centres, i), "name": f"Drive {i}", "starts_at": minutes(i, 600)},
    )
    rows(
        b.Shift,
        1000,
        lambda i: {"drive": drives[i // 5], "staff": pick(staff, i, 7), "role": ("nurse", "clerk")[i % 2]},
    )
    donations = rows(
        b.Donation,
        8000,
        lambda i: {
            "donor": pick(donors, i, 7),
            "drive": pick(drives, i, 3) if i % 4 else None,
            "taken_by": pick(staff, i, 11) if i % 5 else None,
            "at": minutes(i, 50),
            "volume": 400 + i % 100,
            "status": ("ok", "ok", "deferred", "lost")[i % 4],
        },
    )
    names = ("red cells", "plasma", "platelets", "whole", "cryo", "serum", "buffy", "washed")
    components = rows(b.Component, 8, lambda i: {"name": names[i], "code": f"C{i}", "shelf_days": 5 + i * 10})
    fridges = rows(b.Fridge, 100, lambda i: {"centre": pick(centres, i), "name": f"Fridge {i:03}"})
    units = rows(
        b.Unit,
        9000,
        lambda i: {
            "donation": pick(donations, i),
            "component": pick(components, i),
            "fridge": pick(fridges, i, 3) if i % 7 else None,
            "code": f"U{i:05}",
            "status": ("stored", "stored", "tested", "spoilt")[i % 4],
        },
    )
    rows(
        b.LabReport,
        600,
        lambda i: {
            "unit": units[i],
            "kind": ("hiv", "hbv", "type")[i % 3],
            "result": ("neg", "pos")[i % 9 == 0],
            "body": prose(i, 9000),
            "raw": {"trace": prose(i + 900, 5000)},
        },
    )
    hospitals = rows(b.Hospital, 60, lambda i: {"name": f"Hospital {i}", "region": pick(regions, i, 7)})
    tags = rows(b.Tag, 20, lambda i: {"name": f"tag {i}"})
    orders = rows(
        b.Order,
        1500,
        lambda i: {
            "hospital": pick(hospitals, i, 7),
            "number": f"N{i:05}",
            "priority": ("routine", "urgent")[i % 3 == 0] if i != 77 else "recall",
            "created_at": minutes(i, 90),
            "created_by": pick(staff, i, 13) if i % 4 else None,
        },
    )
    link = b.Order.tags.through
    link.objects.bulk_create(
        [link(order=o, tag=tags[(o.pk + k * 3) % 20]) for o in orders for k in range(1 + o.pk % 3)]
    )
    lines = rows(
        b.OrderLine,
        4500,
        lambda i: {"order": orders[i // 3], "component": pick(components, i), "quantity": 1 + i % 9},
    )
    rows(b.Issue, 2000, lambda i: {"unit": units[i * 4], "line": lines[i * 2]})
    kinds = [ContentType.objects.get_for_model(one) for one in (b.Order, b.Donation)]
    rows(
        b.Note,
        1200,
        lambda i: {
            "content_type": kinds[i % 2],
            "object_id": (orders, donations)[i % 2][(i * 3) % 1500].pk,
            "text": f"Note {i}",
            "created_at": minutes(i, 70),
            "created_by": pick(staff, i),
        },
    )
    rows(b.Option, 12, lambda i: {"key": f"option.{i}", "value": str(i * 5)})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bloodbank_reading (fridge_id, at, celsius) SELECT (SELECT min(id) FROM bloodbank_fridge) + n % 100,"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '20 seconds', 2 + n % 5 FROM generate_series(1, 300000) AS n"
        )
