"""Fills the tables of the held-out project: the same rows each time."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from data_rows import fill, minutes, pick, prose, rows


def seed() -> None:
    """Fill every table."""
    fill(fill_festival, fill_housing, fill_diner, fill_tracker)


def fill_festival() -> None:
    from festival import models as f

    countries = rows(f.Country, 30, lambda i: {"name": f"Country {i}", "code": f"{chr(65 + i // 26)}{chr(65 + i % 26)}"})
    agencies = rows(f.Agency, 40, lambda i: {"name": f"Agency {i}", "city": f"City {i % 9}"})
    people = rows(
        f.Person,
        900,
        lambda i: {"name": f"Person {i}", "country": pick(countries, i), "agency": pick(agencies, i) if i % 4 else None},
    )
    sections = rows(f.Section, 12, lambda i: {"name": f"Section {i}", "curator": people[i * 3]})
    genres = rows(f.Genre, 18, lambda i: {"name": f"Genre {i}"})
    films = rows(
        f.Film,
        1500,
        lambda i: {
            "title": f"Film {i:04}",
            "slug": f"film-{i}",
            "year": 1990 + i % 36,
            "runtime": 60 + i % 120,
            "director": pick(people, i, 7),
            "section": pick(sections, i, 5) if i % 9 else None,
            "country": pick(countries, i, 7),
            "is_premiere": i % 3 == 0,
        },
    )
    through = f.Film.genres.through
    through.objects.bulk_create(
        [through(film=film, genre=pick(genres, i + n * 5)) for i, film in enumerate(films) for n in range(3)]
    )
    rows(
        f.Role,
        6000,
        lambda i: {"film": films[i // 4], "person": pick(people, i, 11), "character": f"Character {i}", "billing": i % 4},
    )
    shown = [film for i, film in enumerate(films) if i % 3]
    rows(f.Trailer, len(shown), lambda i: {"film": shown[i], "url": f"https://films.example/{i}"})
    source = random.Random(11)
    rows(
        f.Dossier,
        240,
        lambda i: {
            "film": films[i],
            "title": f"Dossier {i}",
            "language": ("en", "fr")[i % 2],
            "synopsis": prose(i, 3000),
            "press_kit": prose(i + 500, 9000),
            "poster": source.randbytes(12_000),
        },
    )
    cinemas = rows(f.Cinema, 15, lambda i: {"name": f"Cinema {i}", "city": f"City {i % 5}"})
    halls = rows(f.Hall, 45, lambda i: {"cinema": cinemas[i // 3], "name": f"Hall {i % 3 + 1}", "seats": 80 + i})
    screenings = rows(
        f.Screening,
        4000,
        lambda i: {
            "film": pick(films, i, 7),
            "hall": pick(halls, i, 4),
            "moderator": pick(people, i, 13) if i % 2 else None,
            "starts_at": minutes(i, 40),
            "is_sold_out": i % 7 == 0,
        },
    )
    guests = rows(f.Guest, 2500, lambda i: {"name": f"Guest {i}", "email": f"guest{i}@films.example"})
    rows(
        f.Ticket,
        24_000,
        lambda i: {
            "screening": screenings[i // 6],
            "guest": pick(guests, i, 17),
            "price": 8 + i % 7,
            "scanned_at": minutes(i, 3) if i % 5 else None,
        },
    )
    rows(
        f.Review,
        6000,
        lambda i: {
            "film": pick(films, i),
            "critic": pick(people, i, 3),
            "stars": 1 + i % 5,
            "text": f"Seen, {i}",
            "created_at": minutes(i, 100),
        },
    )
    rows(f.Award, 700, lambda i: {"film": pick(films, i, 2), "name": f"Award {i}", "chair": pick(people, i, 5)})


def fill_housing() -> None:
    from django.contrib.contenttypes.models import ContentType
    from housing import models as h

    estates = rows(h.Estate, 14, lambda i: {"name": f"Estate {i}"})
    buildings = rows(h.Building, 70, lambda i: {"estate": pick(estates, i), "street": f"Street {i}"})
    tenants: list[Any] = []
    firms: list[Any] = []
    for i in range(500):
        tenants.append(h.Tenant.objects.create(name=f"Tenant {i}", phone=f"1-{i:04}", iban=f"DE{i:020}"))
    for i in range(30):
        firms.append(h.Firm.objects.create(name=f"Firm {i}", phone=f"2-{i:04}", trade=("gas", "roof", "paint")[i % 3]))
    flats = rows(
        h.Flat, 700, lambda i: {"building": buildings[i // 10], "number": f"F{i}", "rooms": 1 + i % 5, "floor": i % 10}
    )
    leases = rows(
        h.Lease,
        1400,
        lambda i: {
            "flat": flats[i // 2],
            "tenant": pick(tenants, i, 3),
            "starts": date(2005 + i % 20, 1, 1),
            "ends": date(2024, 1 + i % 12, 1) if i % 2 else None,
            "rent": 400 + i % 900,
        },
    )
    meters = rows(h.Meter, 1400, lambda i: {"flat": flats[i // 2], "kind": ("water", "heat")[i % 2], "serial": f"M{i:05}"})
    rows(h.Reading, 14_000, lambda i: {"meter": meters[i // 10], "taken_on": date(2015 + i % 10, 12, 31), "value": i % 9000})
    rows(
        h.Repair,
        4200,
        lambda i: {
            "flat": pick(flats, i),
            "reported_by": pick(tenants, i, 7),
            "firm": pick(firms, i) if i % 3 else None,
            "title": f"Repair {i}",
            "status": ("open", "done", "done")[i % 3] if i % 2 else "open",
            "cost": i % 400,
            "created_at": minutes(i, 70),
        },
    )
    rows(
        h.Payment,
        12_000,
        lambda i: {
            "lease": pick(leases, i),
            "reference": f"P{i:06}",
            "due_on": date(2016 + i % 9, 1 + i % 12, 3),
            "amount": 400 + i % 900,
            "is_paid": i % 8 != 0,
        },
    )
    kinds = [ContentType.objects.get_for_model(model) for model in (h.Flat, h.Building)]
    rows(
        h.Document,
        900,
        lambda i: {"content_type": kinds[i % 2], "object_id": pick((flats, buildings)[i % 2], i // 2).pk, "title": f"Doc {i}"},
    )
    rows(h.Option, 30, lambda i: {"key": f"option-{i}", "value": str(i)})
    rows(h.Notice, 300, lambda i: {"building": pick(buildings, i), "text": f"Notice {i}"})
    rows(h.Invoice, 200, lambda i: {"firm": pick(firms, i), "number": f"I{i}", "amount": i})


def fill_diner() -> None:
    from diner import models as d

    regions = rows(d.Region, 6, lambda i: {"name": f"Region {i}"})
    branches = rows(d.Branch, 48, lambda i: {"name": f"Branch {i}", "city": f"City {i % 20}", "region": pick(regions, i)})
    staff: list[Any] = []
    for i in range(400):
        mentor = staff[(i - 1) // 3] if i else None
        staff.append(d.Staff.objects.create(name=f"Staff {i}", branch=pick(branches, i), mentor=mentor))
    rows(d.Locker, 300, lambda i: {"staff": staff[i], "number": i})
    categories: list[Any] = []
    for i in range(40):
        parent = categories[(i - 1) // 2] if i else None
        categories.append(d.Category.objects.create(name=f"Category {i}", parent=parent))
    suppliers = rows(d.Supplier, 25, lambda i: {"name": f"Supplier {i}", "city": f"City {i % 6}"})
    ingredients = rows(
        d.Ingredient,
        300,
        lambda i: {"name": f"Ingredient {i}", "supplier": pick(suppliers, i), "stock": i * 3, "is_allergen": i % 6 == 0},
    )
    dishes = rows(
        d.Dish, 260, lambda i: {"name": f"Dish {i}", "category": pick(categories, i, 3), "price": 5 + i % 30}
    )
    through = d.Dish.ingredients.through
    through.objects.bulk_create(
        [through(dish=dish, ingredient=pick(ingredients, i * 7 + n)) for i, dish in enumerate(dishes) for n in range(5)]
    )
    source = random.Random(5)
    rows(
        d.Recipe,
        200,
        lambda i: {
            "dish": dishes[i],
            "title": f"Recipe {i}",
            "steps": prose(i, 6000),
            "history": prose(i + 300, 8000),
            "picture": source.randbytes(9000),
        },
    )
    orders = rows(
        d.Order,
        9000,
        lambda i: {
            "branch": pick(branches, i * 5 + i // 48),
            "waiter": pick(staff, i * 7 + i // 90),
            "number": f"N{i:06}",
            "opened_at": minutes(i, 11),
            "status": "open" if i % 30 == 0 else "paid",
            "total": 10 + i % 140,
        },
    )
    rows(d.OrderLine, 27_000, lambda i: {"order": orders[i // 3], "dish": pick(dishes, i, 7), "quantity": 1 + i % 4})
    rated = [order for i, order in enumerate(orders) if i % 4 == 1]
    rows(d.Rating, len(rated), lambda i: {"order": rated[i], "stars": 1 + i % 5})
    rows(d.Voucher, 400, lambda i: {"code": f"V{i:05}", "value": 5 + i % 20, "is_used": i % 3 == 0})
    rows(d.Shift, 5000, lambda i: {"staff": pick(staff, i), "starts_at": minutes(i, 60), "hours": 4 + i % 5})
    rows(d.TaxRate, 4, lambda i: {"code": f"T{i}", "percent": 5 + i * 4})


def fill_tracker() -> None:
    from django.contrib.auth.models import User
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from tracker import models as t

    teams = rows(t.Team, 9, lambda i: {"name": f"Team {i}"})
    users = rows(User, 120, lambda i: {"username": f"dev{i}", "first_name": f"First{i}", "last_name": f"Last{i}"})
    developers = rows(t.Developer, 120, lambda i: {"user": users[i], "team": pick(teams, i), "handle": f"dev{i}"})
    projects = rows(t.Project, 40, lambda i: {"name": f"Project {i}", "key": f"PR{i}", "lead": pick(developers, i, 3)})
    milestones = rows(t.Milestone, 160, lambda i: {"project": projects[i // 4], "name": f"M{i % 4}"})
    labels = rows(t.Label, 30, lambda i: {"name": f"label{i:02}"})
    issues = rows(
        t.Issue,
        5000,
        lambda i: {
            "project": pick(projects, i),
            "milestone": pick(milestones, i, 7) if i % 3 else None,
            "reporter": pick(developers, i * 3 + i // 100),
            "assignee": pick(developers, i * 11 + i // 50) if i % 4 else None,
            "title": f"Issue {i}",
            "status": ("open", "closed", "closed", "review", "closed")[i % 5],
            "priority": 1 + i % 5,
            "created_at": minutes(i, 50),
        },
    )
    for i in range(1, 400):
        issues[i].parent = issues[(i - 1) // 3]
    t.Issue.objects.bulk_update(issues[1:400], ["parent"])
    for field, among, number, column in (
        ("labels", labels, 2, "label"),
        ("watchers", developers, 3, "developer"),
        ("blocked_by", issues, 1, "to_issue"),
    ):
        through = getattr(t.Issue, field).through
        source = "from_issue" if column == "to_issue" else "issue"
        through.objects.bulk_create(
            [
                through(**{source: issue, column: pick(among, i * 7 + n * 5 + 1)})
                for i, issue in enumerate(issues)
                for n in range(number)
            ],
            batch_size=5000,
        )
    rows(
        t.Comment,
        12_000,
        lambda i: {
            "issue": issues[i // 3],
            "author": pick(developers, i, 7),
            "text": f"I see {i}",
            "is_internal": i % 4 == 0,
            "created_at": minutes(i, 20),
        },
    )
    kinds = [ContentType.objects.get_for_model(model) for model in (t.Issue, t.Milestone)]
    rows(
        t.Attachment,
        1600,
        lambda i: {
            "content_type": kinds[i % 2],
            "object_id": pick((issues[:500], milestones)[i % 2], i // 2).pk,
            "name": f"file{i}.png",
            "uploaded_by": pick(developers, i, 7),
        },
    )
    rows(
        t.Commit,
        3000,
        lambda i: {
            "sha": f"{i:040x}",
            "issue_id": issues[i].pk if i % 10 else 800_000 + i,
            "author": pick(developers, i, 11),
        },
    )
    rows(t.Worklog, 9000, lambda i: {"issue": pick(issues, i), "developer": pick(developers, i, 7), "minutes": 5 + i % 240})
    parts: list[Any] = []
    for i in range(60):
        parent = parts[(i - 1) // 2] if i else None
        parts.append(t.Component.objects.create(name=f"Part {i}", parent=parent, owner=pick(developers, i)))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracker_event (kind, actor_id, at) SELECT 'kind' || n % 9, n % 120,"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '1 minute' FROM generate_series(1, 250000) AS n"
        )
