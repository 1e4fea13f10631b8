"""Rows for tests."""

from school.models import Guardian, Student


def make_family(number):
    guardian = Guardian.objects.create(name=f"Guardian of {number}", phone="1")
    return Student.objects.create(name=f"Made {number}", email=f"made{number}@x.example", guardian=guardian)


def make_class(size=20):
    return [make_family(number) for number in range(size)]
