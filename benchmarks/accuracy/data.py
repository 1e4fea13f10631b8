"""Fills the database of the accuracy set: the same rows each time, up to 30 000 in a table, in seconds."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from data_press import fill_newsroom, fill_school
from data_rows import fill, minutes, pick, prose, rows


def seed() -> None:
    """Fill every table."""
    fill(fill_clinic, fill_freight, fill_newsroom, fill_school)


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
            "patient": pick(patients, i * 7 + i // 200),
            "doctor": pick(doctors, i * 3 + i // 40),
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
            "origin": pick(depots, i * 7 + i // 120),
            "destination": pick(depots, i * 11 + i // 60),
            "carrier": pick(carriers, i + i // 900),
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
