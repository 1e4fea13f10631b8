from django.core.management.base import BaseCommand

from bloodbank.models import Unit


class Command(BaseCommand):
    help = "Tells each centre what expires."

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, default=60)

    def handle(self, *args, limit, **options):
        units = Unit.objects.filter(status="tested", fridge__isnull=False)  # site: expiry-mail
        for unit in units.order_by("code")[:limit]:
            self.stdout.write(f"{unit.code}: {unit.fridge.centre.name}, {unit.component.name}")
