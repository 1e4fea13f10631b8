"""What the school's own test suite checks."""

from school.models import Course


def test_every_course_has_a_teacher():
    for course in Course.objects.filter(tariff_code="A"):
        assert course.teacher.name
