from django.core.management.base import BaseCommand

from housing.models import Payment


class Command(BaseCommand):
    help = 'Lists who is late'

    def add_arguments(self, parser):
        parser.add_argument('--year', type=int, default=2017)

    def handle(self, *args, **options):
        late = Payment.objects.filter(is_paid=False, due_on__year=options['year'])  # site: late-command
        for payment in late:
            tenant = payment.lease.tenant
            self.stdout.write('%s %s %s' % (tenant.name, tenant.phone, payment.amount))
