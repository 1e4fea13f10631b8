from django.core.management.base import BaseCommand

from housing.models import Payment


class Command(BaseCommand):
    def handle(self, *args, **options):
        for payment in Payment.objects.filter(is_paid=False, due_on__year=2018):  # site: reminder-command
            payment.reminders = payment.reminders + 1
            payment.save()  # site: reminder-command
