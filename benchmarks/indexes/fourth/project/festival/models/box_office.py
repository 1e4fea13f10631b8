from django.db import models

from festival.models.catalogue import Film


class Venue(models.Model):
    name = models.CharField(max_length=60)
    seats = models.SmallIntegerField()


class Screening(models.Model):
    film = models.ForeignKey(Film, models.PROTECT, related_name="screenings", db_index=False)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="screenings")
    starts_at = models.DateTimeField()
    is_cancelled = models.BooleanField(default=False)


class TicketQuerySet(models.QuerySet):
    def live(self):
        return self.exclude(state__in=[Ticket.State.REFUNDED, Ticket.State.VOID])


class Ticket(models.Model):
    class State(models.TextChoices):
        VALID = "valid"
        USED = "used"
        REFUNDED = "refunded"
        VOID = "void"

    screening = models.ForeignKey(Screening, models.PROTECT, related_name="tickets", db_index=False)
    code = models.CharField(max_length=10)
    holder_mail = models.EmailField()
    seat = models.CharField(max_length=5, null=True)
    state = models.CharField(max_length=9, choices=State)
    cents = models.IntegerField()
    till = models.GenericIPAddressField(null=True)
    bought_at = models.DateTimeField()

    objects = TicketQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["bought_at"], name="ticket_by_time")]
