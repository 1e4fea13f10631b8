"""Selectors, as some teams write them."""

from .models import Appeal, Sitting


def sittings_of(department, *, only_planned=False):
    found = Sitting.objects.filter(course__department=department)  # site: department-calendar
    if only_planned:
        found = found.upcoming()
    return found


def open_appeals():
    return Appeal.objects.filter(state="new").order_by("pk")  # site: appeal-desk


class Transcript:
    """Rows of a student's studies, lazily."""

    def __init__(self, student):
        self.student = student

    def __iter__(self):
        # site: transcript
        for registration in self.student.registrations.filter(state="done").order_by("pk"):
            yield (
                registration.sitting.course.code,
                registration.grade.points if self.is_graded(registration) else None,
            )

    def is_graded(self, registration):
        return hasattr(registration, "grade")
