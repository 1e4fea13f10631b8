from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Estate(models.Model):
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Building(models.Model):
    estate = models.ForeignKey(Estate, on_delete=models.CASCADE, related_name='buildings')
    street = models.CharField(max_length=80)

    def __str__(self):
        return self.street

    @property
    def address(self):
        return '%s, %s' % (self.street, self.estate.name)


class Party(models.Model):
    """Everybody with whom the cooperative has a contract."""
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class Tenant(Party):
    iban = models.CharField(max_length=34)
    is_member = models.BooleanField(default=True)


class Firm(Party):
    trade = models.CharField(max_length=40)


class Flat(models.Model):
    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name='flats')
    number = models.CharField(max_length=8)
    rooms = models.IntegerField()
    floor = models.IntegerField()

    def __str__(self):
        return self.number

    def full_address(self):
        return '%s, flat %s' % (self.building.address, self.number)

    def is_let(self):
        return self.leases.filter(ends__isnull=True).exists()

    def open_repairs(self):
        return self.repairs.filter(status='open')


class Lease(models.Model):
    flat = models.ForeignKey(Flat, on_delete=models.PROTECT, related_name='leases')
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name='leases')
    starts = models.DateField()
    ends = models.DateField(null=True)
    rent = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self):
        return 'Lease %s' % self.pk


class Meter(models.Model):
    flat = models.ForeignKey(Flat, on_delete=models.CASCADE, related_name='meters')
    kind = models.CharField(max_length=10)
    serial = models.CharField(max_length=20, unique=True)


class Reading(models.Model):
    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name='readings')
    taken_on = models.DateField()
    value = models.IntegerField()


class Repair(models.Model):
    flat = models.ForeignKey(Flat, on_delete=models.CASCADE, related_name='repairs')
    reported_by = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name='reported')
    firm = models.ForeignKey(Firm, on_delete=models.SET_NULL, null=True, related_name='repairs')
    title = models.CharField(max_length=80)
    status = models.CharField(max_length=10)
    cost = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self):
        return '%s (%s)' % (self.title, self.flat.number)


class Payment(models.Model):
    lease = models.ForeignKey(Lease, on_delete=models.CASCADE, related_name='payments')
    reference = models.CharField(max_length=20, unique=True)
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    is_paid = models.BooleanField(default=False)
    reminders = models.IntegerField(default=0)


class Document(models.Model):
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.BigIntegerField()
    subject = GenericForeignKey('content_type', 'object_id')
    title = models.CharField(max_length=80)


class Option(models.Model):
    key = models.CharField(max_length=40, unique=True)
    value = models.CharField(max_length=40)


class Notice(models.Model):
    """Paper in the stairwell. Saving one touches nothing else."""
    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name='notices')
    text = models.CharField(max_length=200)


class Invoice(models.Model):
    """A firm's bill: its receiver looks things up."""
    firm = models.ForeignKey(Firm, on_delete=models.CASCADE, related_name='invoices')
    number = models.CharField(max_length=20)
    amount = models.IntegerField()


class Complaint(models.Model):
    flat = models.ForeignKey(Flat, on_delete=models.CASCADE, related_name='complaints')
    text = models.CharField(max_length=200)
    is_urgent = models.BooleanField(default=False)
