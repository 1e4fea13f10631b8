"""Rows of the university."""

from __future__ import annotations

from typing import Any

from data_rows import NOW, minutes, pick, prose, rows


def fill_exams() -> None:
    from exams import models as e

    faculties = rows(e.Faculty, 7, lambda i: {"name": f"Faculty {i}"})
    accounts = rows(
        e.Account,
        1100,
        lambda i: {
            "username": f"user{i}",
            "first_name": f"First{i}",
            "last_name": f"Last{i}",
            "email": f"user{i}@uni.example",
            "faculty": pick(faculties, i) if i % 10 else None,
        },
    )
    departments = rows(e.Department, 28, lambda i: {"faculty": pick(faculties, i), "name": f"Department {i}"})
    programmes = rows(
        e.Programme, 50, lambda i: {"department": pick(departments, i), "name": f"Programme {i}"}
    )
    examiners = rows(
        e.Examiner,
        90,
        lambda i: {"account": accounts[i], "department": pick(departments, i, 3), "title": "Dr."},
    )
    students = rows(
        e.Student,
        900,
        lambda i: {
            "account": accounts[100 + i],
            "number": f"M{i:05}",
            "programme": pick(programmes, i, 7),
            "tutor": pick(examiners, i, 7) if i % 3 else None,
        },
    )
    courses = rows(
        e.Course,
        180,
        lambda i: {
            "code": f"C{i:03}",
            "title": f"Course {i}",
            "department": pick(departments, i, 5),
            "lead": pick(examiners, i, 7) if i % 4 else None,
        },
    )
    for i, course in enumerate(courses[10:], 10):
        course.requires.set([courses[i - 5], courses[i - 9]])
    rooms = rows(e.Room, 24, lambda i: {"name": f"R{i}", "seats": 20 + i * 5})
    sittings = rows(
        e.Sitting,
        600,
        lambda i: {
            "course": pick(courses, i, 7),
            "room": pick(rooms, i) if i % 6 else None,
            "examiner": pick(examiners, i * 7 + i // 90),
            "starts_at": minutes(i, 600),
            "state": "planned" if i % 4 == 0 else "held",
        },
    )
    watch = e.Sitting.invigilators.through
    watch.objects.bulk_create(
        [
            watch(sitting=one, examiner=pick(examiners, i + n * 11))
            for i, one in enumerate(sittings)
            for n in (1, 2)
        ]
    )
    fill_results(e, sittings, students, examiners)


def fill_results(e: Any, sittings: list[Any], students: list[Any], examiners: list[Any]) -> None:
    from django.db import connection

    registrations = rows(
        e.Registration,
        7200,
        lambda i: {
            "sitting": sittings[i // 12],
            "student": pick(students, i * 7 + i // 900),
            "state": ("open", "done", "done")[i % 3],
            "seat": i % 12 if i % 2 else None,
        },
    )
    done = [one for i, one in enumerate(registrations) if i % 3]
    grades = rows(
        e.Grade,
        len(done),
        lambda i: {
            "registration": done[i],
            "points": i % 101,
            "graded_by": pick(examiners, i * 7 + i // 90),
            "published_at": minutes(i, 10) if i % 4 else None,
        },
    )
    rows(
        e.Script,
        320,
        lambda i: {
            "registration": registrations[i],
            "file": f"scripts/{i}.pdf",
            "pages": 2 + i % 9,
            "ocr": prose(i, 12_000),
            "layout": {"boxes": prose(i + 500, 4000)},
        },
    )
    topics = rows(e.Topic, 20, lambda i: {"name": f"Topic {i}"})
    heads = rows(
        e.Question,
        1800,
        lambda i: {"sitting": sittings[i // 3], "topic": pick(topics, i), "text": f"Q{i}", "points": 10},
    )
    parts = rows(
        e.Question,
        3600,
        lambda i: {
            "sitting": heads[i // 2].sitting,
            "parent": heads[i // 2],
            "topic": pick(topics, i),
            "text": f"P{i}",
            "points": 5,
        },
    )
    rows(
        e.Question,
        600,
        lambda i: {"sitting": parts[i].sitting, "parent": parts[i], "text": f"PP{i}", "points": 1},
    )
    rows(
        e.Answer,
        15_000,
        lambda i: {
            "question": heads[(i // 36) * 3 % 1800 + i % 3],
            "registration": registrations[i // 3],
            "score": i % 10,
        },
    )
    rows(
        e.Appeal,
        500,
        lambda i: {
            "grade": pick(grades, i, 7),
            "handler": pick(examiners, i, 7) if i % 3 else None,
            "reason": f"Reason {i}",
            "state": ("new", "closed")[i % 2],
            "deleted_at": NOW if i % 25 == 24 else None,
        },
    )
    rows(e.Reminder, 800, lambda i: {"student": pick(students, i), "kind": ("fee", "exam")[i % 2]})
    rows(e.Waiver, 100, lambda i: {"student": pick(students, i, 5), "reason": f"Waiver {i}"})
    rows(e.Scale, 6, lambda i: {"code": "ABCDEF"[i], "minimum": 90 - i * 10})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exams_accesslog (path, account_id, at) SELECT '/page/' || n % 300, n % 1100,"
            " TIMESTAMPTZ '2025-06-02 12:00Z' - n * INTERVAL '1 minute' FROM generate_series(1, 260000) AS n"
        )
