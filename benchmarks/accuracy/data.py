"""Fills the database of the accuracy set: the same rows each time, up to 30 000 in a table, in seconds."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)  # "today" in every situation
WORDS = ("cello", "harbour", "ledger", "ministry", "north", "orchard", "paper", "quarter", "river", "stone")


def seed() -> None:
    """Fill every table, and let the planner know."""
    from django.db import connection, transaction

    with transaction.atomic():
        fill_clinic()
        fill_freight()
        fill_newsroom()
        fill_school()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


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


def fill_clinic() -> None:
    """Forty doctors, a thousand patients, six thousand visits."""
    from clinic import models as clinic

    insurers = rows(clinic.Insurer, 8, lambda i: {"name": f"Insurer {i}", "code": f"INS{i}"})
    specialities = rows(clinic.Speciality, 6, lambda i: {"name": f"Speciality {i}"})
    doctors: list[Any] = []
    for i in range(40):
        doctors.append(
            clinic.Doctor.objects.create(
                name=f"Doctor {i}",
                email=f"doctor{i}@clinic.example",
                born=date(1960 + i % 30, 1, 1),
                speciality=pick(specialities, i),
                supervisor=doctors[i // 3] if i > 2 else None,
                room_number=f"D{i}",
            )
        )
    wards = rows(clinic.Ward, 10, lambda i: {"name": f"Ward {i}", "head": pick(doctors, i, 3)})
    rooms = rows(clinic.Room, 60, lambda i: {"ward": pick(wards, i), "number": str(100 + i)})
    makers = rows(clinic.Maker, 12, lambda i: {"name": f"Maker {i}", "country": ("DE", "FR", "CH")[i % 3]})
    drugs = rows(
        clinic.Drug, 90, lambda i: {"name": f"Drug {i:02}", "code": f"D{i:03}", "maker": pick(makers, i)}
    )
    patients = rows(
        clinic.Patient,
        1000,
        lambda i: {
            "name": f"Patient {i:04}",
            "born": date(1940 + i % 70, 1 + i % 12, 1 + i % 28),
            "insurer": pick(insurers, i) if i % 10 else None,
            "family_doctor": pick(doctors, i, 7) if i % 4 else None,
        },
    )
    through = clinic.Patient.allergies.through
    through.objects.bulk_create(
        [
            through(patient=patient, drug=pick(drugs, i, 3 + n))
            for i, patient in enumerate(patients)
            for n in (0, 1)
        ],
        ignore_conflicts=True,
    )
    charted = [patient for i, patient in enumerate(patients) if i % 5]
    rows(
        clinic.Chart,
        len(charted),
        lambda i: {
            "patient": charted[i],
            "blood_group": ("A", "B", "AB", "0")[i % 4],
            "risk": f"risk {i % 3}",
        },
    )
    visits = rows(
        clinic.Visit,
        6000,
        lambda i: {
            "patient": pick(patients, i, 7),
            "doctor": pick(doctors, i, 3),
            "referred_by": pick(doctors, i, 11) if i % 3 == 0 else None,
            "room": pick(rooms, i) if i % 2 == 0 else None,
            "started_at": minutes(i, 45),
            "status": "open" if i % 19 == 0 else "closed",
            "fee": 20 + i % 200 if i % 6 else 0,
        },
    )
    rows(
        clinic.Prescription,
        12_000,
        lambda i: {
            "visit": visits[i // 2],
            "drug": pick(drugs, i, 7),
            "dose": f"{i % 5} mg",
            "days": 1 + i % 30,
        },
    )
    fill_laboratory(clinic, visits, patients)


def fill_laboratory(clinic: Any, visits: list[Any], patients: list[Any]) -> None:
    """Results, some of laboratories that are gone, and letters with their scans."""
    labs = rows(clinic.Lab, 15, lambda i: {"name": f"Lab {i}", "city": f"City {i}"})
    rows(
        clinic.LabResult,
        6000,
        lambda i: {
            "visit": visits[i],
            "lab_id": pick(labs, i).pk if i % 10 else 900_000 + i % 7,
            "kind": ("blood", "urine", "tissue")[i % 3],
            "value": i % 100 / 10,
            "is_flagged": i % 8 == 0,
        },
    )
    source = random.Random(7)
    rows(
        clinic.Letter,
        400,
        lambda i: {
            "patient": pick(patients, i, 13),
            "subject": f"About your visit {i}",
            "body": prose(i, 4000),
            "scan": source.randbytes(8000),
            "sent_at": minutes(i, 600) if i % 3 else None,
        },
    )


def fill_freight() -> None:
    """Two hundred vehicles, six thousand shipments, thirty thousand events."""
    from freight import models as freight

    carriers = rows(
        freight.Carrier, 20, lambda i: {"name": f"Carrier {i}", "country": ("DE", "PL", "FR")[i % 3]}
    )
    regions: list[Any] = []
    for i in range(40):  # a tree, four deep
        parent = regions[(i - 1) // 3] if i else None
        regions.append(freight.Region.objects.create(name=f"Region {i}", parent=parent))
    leaves = regions[13:]
    depots = rows(
        freight.Depot, 120, lambda i: {"name": f"Depot {i}", "code": f"DP{i:03}", "region": pick(leaves, i)}
    )
    drivers = rows(freight.Driver, 250, lambda i: {"name": f"Driver {i}", "carrier": pick(carriers, i)})
    licensed = [driver for i, driver in enumerate(drivers) if i % 6]
    rows(
        freight.Licence,
        len(licensed),
        lambda i: {"driver": licensed[i], "number": f"L{i:05}", "expires": date(2026 + i % 5, 1, 1)},
    )
    vehicles = rows(
        freight.Vehicle,
        200,
        lambda i: {
            "plate": f"QS-{i:04}",
            "carrier": pick(carriers, i),
            "depot": pick(depots, i) if i % 7 else None,
            "driver": drivers[i] if i % 5 else None,
            "mileage": i * 997,
        },
    )
    customers = rows(freight.Customer, 300, lambda i: {"name": f"Customer {i}", "city": f"City {i % 40}"})
    shipments = rows(
        freight.Shipment,
        6000,
        lambda i: {
            "reference": f"SH{i:06}",
            "origin": pick(depots, i, 7),
            "destination": pick(depots, i, 11),
            "carrier": pick(carriers, i),
            "customer_id": (pick(customers, i, 3).pk if i % 9 else 900_000 + i % 5) if i % 4 else None,
            "status": ("booked", "under way", "late", "arrived", "arrived")[i % 5],
            "weight": 10 + i % 900,
            "booked_at": minutes(i, 30),
        },
    )
    fill_way(freight, shipments, vehicles, depots)
    fill_notes(freight, shipments, vehicles, drivers)


def fill_way(freight: Any, shipments: list[Any], vehicles: list[Any], depots: list[Any]) -> None:
    """Legs, events, invoices and tours."""
    rows(
        freight.Leg,
        12_000,
        lambda i: {
            "shipment": shipments[i // 2],
            "vehicle": pick(vehicles, i, 3),
            "position": i % 2,
            "km": i % 700,
        },
    )
    rows(
        freight.TrackingEvent,
        30_000,
        lambda i: {
            "shipment": shipments[i // 5],
            "depot": pick(depots, i, 17),
            "kind": ("in", "out", "scan", "hold", "out")[i % 5],
            "at": minutes(i, 7),
        },
    )
    invoiced = [shipment for i, shipment in enumerate(shipments) if i % 3]
    rows(
        freight.Invoice,
        len(invoiced),
        lambda i: {"shipment": invoiced[i], "amount": 50 + i % 900, "is_paid": i % 4 != 0},
    )
    tours = rows(freight.Tour, 60, lambda i: {"name": f"Tour {i}", "vehicle": pick(vehicles, i, 3)})
    rows(
        freight.Stop,
        360,
        lambda i: {"tour": tours[i // 6], "depot": pick(depots, i, 13), "position": i % 6},
    )


def fill_notes(freight: Any, shipments: list[Any], vehicles: list[Any], drivers: list[Any]) -> None:
    """Notes on shipments and vehicles."""
    from django.contrib.contenttypes.models import ContentType

    kinds = [ContentType.objects.get_for_model(model) for model in (freight.Shipment, freight.Vehicle)]
    rows(
        freight.Note,
        1500,
        lambda i: {
            "content_type": kinds[i % 2],
            "object_id": pick((shipments[:400], vehicles)[i % 2], i // 2).pk,
            "text": f"Note {i}",
            "written_by": pick(drivers, i, 3),
        },
    )


def fill_newsroom() -> None:
    """Eighty journalists, three thousand articles, twenty thousand comments."""
    from django.contrib.auth.models import User
    from newsroom import models as news

    desks = rows(news.Desk, 12, lambda i: {"name": f"Desk {i}"})
    users = rows(
        User, 80, lambda i: {"username": f"user{i}", "first_name": f"First{i}", "last_name": f"Last{i}"}
    )
    journalists = rows(
        news.Journalist, 80, lambda i: {"user": users[i], "desk": pick(desks, i), "phone": f"555-{i:04}"}
    )
    for i, desk in enumerate(desks):
        desk.chief = journalists[i]
    news.Desk.objects.bulk_update(desks, ["chief"])
    topics: list[Any] = []
    for i in range(31):  # a tree, five deep
        parent = topics[(i - 1) // 2] if i else None
        topics.append(news.Topic.objects.create(name=f"Topic {i}", parent=parent))
    tags = rows(news.Tag, 50, lambda i: {"name": f"tag{i}"})
    photos = rows(
        news.Photo,
        300,
        lambda i: {"path": f"p/{i}.jpg", "photographer": pick(journalists, i, 3), "caption": f"Caption {i}"},
    )
    articles = rows(
        news.Article,
        3000,
        lambda i: {
            "headline": f"Headline {i}",
            "slug": f"headline-{i}",
            "teaser": f"What happened {i}",
            "author": pick(journalists, i, 7),
            "desk": pick(desks, i, 5) if i % 12 else None,
            "topic": pick(topics, i, 3),
            "photo": pick(photos, i, 7) if i % 3 else None,
            "status": "draft" if i % 5 == 0 else "published",
            "published_at": minutes(i, 90),
            "views": (i * 7919) % 10_000,
        },
    )
    fill_readers(news, articles, journalists, tags)


def fill_readers(news: Any, articles: list[Any], journalists: list[Any], tags: list[Any]) -> None:
    """Tags, links, comments, revisions, corrections and essays."""
    tagged = news.Article.tags.through
    tagged.objects.bulk_create(
        [
            tagged(article=article, tag=pick(tags, i, 3 + n))
            for i, article in enumerate(articles)
            for n in range(3)
        ],
        ignore_conflicts=True,
    )
    linked = news.Article.see_also.through
    linked.objects.bulk_create(
        [
            linked(from_article=article, to_article=pick(articles, i + 1, 2))
            for i, article in enumerate(articles)
        ]
    )
    rows(
        news.Comment,
        20_000,
        lambda i: {
            "article": pick(articles, i),
            "name": f"Reader {i % 700}",
            "text": f"I think {i}",
            "is_approved": i % 6 != 0,
            "created_at": minutes(i, 13),
        },
    )
    rows(
        news.Revision,
        6000,
        lambda i: {
            "article": articles[i // 2],
            "editor": pick(journalists, i, 11),
            "number": i % 2,
            "summary": f"Changed {i}",
        },
    )
    corrected = articles[::15]
    rows(news.Correction, len(corrected), lambda i: {"article": corrected[i], "text": f"It was {i}"})
    rows(
        news.Essay,
        300,
        lambda i: {
            "headline": f"Essay {i}",
            "author": pick(journalists, i, 3),
            "body": prose(i, 8000),
            "rendered": prose(i + 1000, 9000),
            "published_at": minutes(i, 3000),
        },
    )


def fill_school() -> None:
    """Thirty teachers, eight hundred students, six thousand lessons, thirty thousand attendances."""
    from school import models as school

    buildings = rows(school.Building, 4, lambda i: {"name": f"Building {i}"})
    rooms = rows(school.Room, 40, lambda i: {"name": f"{i}", "building": pick(buildings, i)})
    families = rows(school.Family, 5, lambda i: {"name": f"Family {i}"})
    instruments = rows(
        school.Instrument, 24, lambda i: {"name": f"Instrument {i}", "family": pick(families, i)}
    )
    teachers = rows(
        school.Teacher, 30, lambda i: {"name": f"Teacher {i}", "room": rooms[i] if i % 4 else None}
    )
    for i, teacher in enumerate(teachers):
        teacher.instruments.set([pick(instruments, i), pick(instruments, i + 5)])
    guardians = rows(school.Guardian, 400, lambda i: {"name": f"Guardian {i}", "phone": f"444-{i:04}"})
    students = rows(
        school.Student,
        800,
        lambda i: {
            "name": f"Student {i:03}",
            "email": f"student{i}@school.example",
            "guardian": pick(guardians, i) if i % 6 else None,
            "mentor": pick(teachers, i) if i % 3 else None,
            "level": 1 + i % 5,
        },
    )
    courses = rows(
        school.Course,
        120,
        lambda i: {
            "title": f"Course {i}",
            "teacher": pick(teachers, i),
            "instrument": pick(instruments, i, 5),
            "capacity": 40,
            "tariff_code": ("A", "B", "C")[i % 3],
        },
    )
    rows(
        school.Enrolment,
        2400,
        lambda i: {
            "student": students[i // 3],
            "course": pick(courses, i, 7),
            "grade": 1 + i % 6,
            "is_active": i % 5 != 0,
        },
    )
    fill_school_year(school, students, courses, rooms)
    ensembles = rows(
        school.Ensemble, 25, lambda i: {"name": f"Ensemble {i}", "conductor": pick(teachers, i, 7)}
    )
    for i, ensemble in enumerate(ensembles):
        ensemble.members.set(students[i * 9 : i * 9 + 12])
    rows(
        school.Payment,
        1200,
        lambda i: {
            "reference": f"P{i:06}",
            "guardian": pick(guardians, i),
            "amount": 40 + i % 60,
            "is_settled": i % 4 == 0,
        },
    )


def fill_school_year(school: Any, students: list[Any], courses: list[Any], rooms: list[Any]) -> None:
    """Lessons, who came, and the small tables."""
    lessons = rows(
        school.Lesson,
        6000,
        lambda i: {
            "course": pick(courses, i),
            "room": pick(rooms, i, 3) if i % 9 else None,
            "starts_at": minutes(i, 60),
            "topic": f"Lesson {i}",
        },
    )
    rows(
        school.Attendance,
        30_000,
        lambda i: {"lesson": lessons[i // 5], "student": pick(students, i, 7), "is_present": i % 11 != 0},
    )
    rows(school.Tariff, 3, lambda i: {"code": "ABC"[i], "price": 30 + i})
    rows(school.Option, 30, lambda i: {"key": f"option-{i}", "value": str(i)})
    rows(school.Logbook, 200, lambda i: {"text": f"Entry {i}", "amount": i})
