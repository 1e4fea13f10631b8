"""`manage.py seed`: fill the database with sample data."""

from django.core.management.base import BaseCommand, CommandError

from seeding.progress import Progress
from seeding.scales import SCALES
from seeding.seed import has_rows, mark_of, read_mark, seed


class Command(BaseCommand):
    help = "Replace all rows of the sample project by generated ones, the same every time."

    def add_arguments(self, parser):
        parser.add_argument("--scale", choices=SCALES, default="medium")
        parser.add_argument("--no-input", action="store_true", help="Don't ask before deleting rows.")
        parser.add_argument("--force", action="store_true", help="Seed again although the data is complete.")

    def handle(self, *, scale, no_input, force, **options):
        scale = SCALES[scale]
        if read_mark() == mark_of(scale) and not force:
            self.stdout.write(
                f"The {scale.name} sample data is already complete. Use --force to make it again."
            )
            return
        if not no_input and has_rows():
            self.confirm()
        seed(scale, Progress(self.stdout))
        self.stdout.write(self.style.SUCCESS(f"The {scale.name} sample data is complete."))

    def confirm(self):
        try:
            answer = input("This deletes all rows of the sample project. Continue? [y/N] ")
        except EOFError:
            raise CommandError("There are rows, and nobody to ask. Use --no-input to replace them.") from None
        if answer.strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")
