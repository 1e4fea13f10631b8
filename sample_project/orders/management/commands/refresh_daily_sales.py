"""`manage.py refresh_daily_sales`: sum the orders of each day up."""

from django.core.management.base import BaseCommand
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from orders.models import DailySales, OrderLine


class Command(BaseCommand):
    help = "Write the sums of each day, from which the sales report is made."

    def handle(self, **options):
        sums = (
            OrderLine.objects.annotate(day=TruncDate("order__created"))
            .values("day")
            .annotate(
                orders=Count("order", distinct=True),
                customers=Count("order__customer", distinct=True),
                products=Count("product", distinct=True),
                revenue=Sum(F("quantity") * F("unit_price")),
            )
        )
        days = DailySales.objects.bulk_create(
            [DailySales(**row) for row in sums],
            update_conflicts=True,
            unique_fields=["day"],
            update_fields=["orders", "customers", "products", "revenue"],
        )
        self.stdout.write(f"{len(days)} days are up to date.")
