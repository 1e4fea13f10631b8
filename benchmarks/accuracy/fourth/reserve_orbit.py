"""Rows of the satellite operator."""

from __future__ import annotations

from data_rows import minutes, pick, prose, rows


def fill_orbit() -> None:
    from bloodbank.models import Staff
    from django.db import connection
    from orbit import models as o

    staff = list(Staff.objects.order_by("pk"))
    countries = rows(
        o.Country, 30, lambda i: {"code": f"{chr(65 + i // 10)}{i % 10}", "name": f"Country {i}"}
    )
    platforms = rows(o.Platform, 12, lambda i: {"name": f"Platform {i}", "maker": pick(countries, i, 7)})
    satellites = [
        o.Satellite.objects.create(
            name=f"Sat {i:02}",
            owner=f"Owner {i % 7}",
            platform=pick(platforms, i) if i % 6 else None,
            norad=40000 + i,
            status=("active", "active", "safe", "dead")[i % 4],
        )
        for i in range(120)
    ]
    stations: list = []
    for i in range(60):
        backup = stations[i // 2] if i > 5 and i % 3 else None
        stations.append(
            o.Station.objects.create(name=f"Station {i:02}", country=pick(countries, i), backup=backup)
        )
    rows(o.Licence, 45, lambda i: {"station": stations[i], "number": f"L{i}"})
    bands = rows(o.Band, 14, lambda i: {"name": f"B{i}"})
    instruments = rows(
        o.Instrument, 360, lambda i: {"satellite": satellites[i // 3], "name": f"Instrument {i:03}"}
    )
    link = o.Instrument.bands.through
    link.objects.bulk_create(
        [
            link(instrument=x, band=bands[(i + k * 4) % 14])
            for i, x in enumerate(instruments)
            for k in range(3)
        ]
    )
    contacts = rows(
        o.Contact,
        3000,
        lambda i: {
            "satellite": pick(satellites, i, 7),
            "station": pick(stations, i, 11),
            "engineer": pick(staff, i, 7) if i % 3 else None,
            "starts_at": minutes(i, 45),
            "seconds": 300 + i % 400,
            "state": ("done", "done", "planned", "failed")[i % 4],
        },
    )
    rows(
        o.Command,
        9000,
        lambda i: {"contact": contacts[i // 3], "opcode": f"OP{i % 40}", "is_sent": i % 3 > 0},
    )
    parts: list = []
    for i in range(240):
        parent = parts[i - i % 40 + (i % 40 - 1) // 2] if i % 40 else None
        parts.append(
            o.Part.objects.create(
                satellite=satellites[i // 40], parent=parent, name=f"Part {i}", mass=1 + i % 30
            )
        )
    anomalies = rows(
        o.Anomaly,
        900,
        lambda i: {
            "satellite": pick(satellites, i, 11),
            "instrument": pick(instruments, i, 7) if i % 3 else None,
            "opened_by": pick(staff, i, 7) if i % 4 else None,
            "title": f"Anomaly {i}" if i != 123 else "Attitude lost",
            "severity": 1 + i % 5,
            "opened_at": minutes(i, 300),
        },
    )
    rows(
        o.Comment,
        2700,
        lambda i: {
            "anomaly": anomalies[i // 3] if i < 2600 else anomalies[42],
            "author": pick(staff, i, 17),
            "text": f"Comment {i}",
            "at": minutes(i, 80),
        },
    )
    keywords = rows(o.Keyword, 40, lambda i: {"word": f"word{i}"})
    products = rows(
        o.Product,
        2400,
        lambda i: {
            "instrument": pick(instruments, i, 7),
            "title": f"Product {i:04}",
            "price": 10 + i % 500,
            "preview": f"previews/{i}.png",
        },
    )
    link = o.Product.keywords.through
    link.objects.bulk_create(
        [
            link(product=x, keyword=keywords[(i + k * 7) % 40])
            for i, x in enumerate(products)
            for k in range(3)
        ]
    )
    rows(
        o.Scene,
        500,
        lambda i: {
            "instrument": pick(instruments, i, 7),
            "title": f"Scene {i}",
            "taken_at": minutes(i, 30),
            "outline": prose(i, 9000),
            "meta": {"log": prose(i + 700, 5000)},
        },
    )
    customers: list = []
    for i in range(150):
        group = customers[i // 3] if i > 3 and i % 2 else None
        customers.append(
            o.Customer.objects.create(name=f"Customer {i}", country=pick(countries, i, 7), group=group)
        )
    rows(
        o.Delivery,
        5000,
        lambda i: {
            "product": pick(products, i, 7),
            "customer": pick(customers, i, 11),
            "at": minutes(i, 60),
            "paid": i % 3 > 0,
        },
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orbit_telemetry (satellite_id, at, channel, value) SELECT (SELECT min(asset_ptr_id) FROM orbit_satellite) + n % 120,"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '10 seconds', 'CH' || n % 9, n % 1000 FROM generate_series(1, 300000) AS n"
        )
