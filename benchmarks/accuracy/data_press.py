"""The rows of the newsroom and of the music school."""

from __future__ import annotations

from typing import Any

from data_rows import minutes, pick, prose, rows


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
