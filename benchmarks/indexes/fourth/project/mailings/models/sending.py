from django.db import models

from mailings.models.audience import Account, Subscriber


class Campaign(models.Model):
    account = models.ForeignKey(Account, models.CASCADE, related_name="campaigns")
    subject = models.CharField(max_length=120)
    sent_at = models.DateTimeField(null=True)


class DeliveryQuerySet(models.QuerySet):
    def before(self, cursor):
        """A page by key: what comes after the last row that was seen, newest first."""
        if cursor is None:
            return self
        sent_at, pk = cursor
        return self.filter(models.Q(sent_at__lt=sent_at) | models.Q(sent_at=sent_at, pk__lt=pk))


class Delivery(models.Model):
    """One mail to one person; by far the biggest table."""

    class Status(models.IntegerChoices):
        QUEUED = 0
        DELIVERED = 1
        DEFERRED = 2
        BOUNCED = 3
        REJECTED = 4

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="deliveries", db_index=False)
    status = models.SmallIntegerField(choices=Status, default=Status.QUEUED)
    opens = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()


class Within(models.Lookup):
    """Of an address: in a network."""

    lookup_name = "within"
    prepare_rhs = False

    def as_postgresql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} <<= %s::inet", [*left_params, self.rhs]


models.GenericIPAddressField.register_lookup(Within)


class Click(models.Model):
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="clicks", db_constraint=False)
    url = models.URLField(max_length=300)
    ip = models.GenericIPAddressField()
    agent = models.CharField(max_length=200)
    clicked_at = models.DateTimeField()


class Outgoing(models.Model):
    """What workers take from, thousands of times an hour."""

    payload = models.JSONField()
    lane = models.SmallIntegerField()
    state = models.CharField(max_length=8)
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
