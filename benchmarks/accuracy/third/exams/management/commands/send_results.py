from django.core.management.base import BaseCommand

from exams.models import Grade


class Command(BaseCommand):
    help = "Tells students what they got."

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, default=50)

    def handle(self, *args, **options):
        grades = Grade.objects.exclude(published_at=None)  # site: send-results
        for grade in grades.order_by("pk")[: options["limit"]]:
            student = grade.registration.student
            self.stdout.write(
                f"{student.account.email}: {grade.registration.sitting.course.title} {grade.points}"
            )
