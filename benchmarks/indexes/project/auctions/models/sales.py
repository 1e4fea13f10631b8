from django.db import models


class Auction(models.Model):
    title = models.CharField(max_length=80)
    house = models.CharField(max_length=40)
    held_on = models.DateField()


class Lot(models.Model):
    class State(models.TextChoices):
        SOLD = "sold"
        UNSOLD = "unsold"
        OPEN = "open"
        WITHDRAWN = "withdrawn"

    auction = models.ForeignKey(Auction, models.CASCADE, related_name="lots", db_index=False)
    number = models.IntegerField()
    title = models.CharField(max_length=120)
    seller = models.IntegerField()
    estimate = models.IntegerField()
    hammer = models.IntegerField(null=True)
    state = models.CharField(max_length=10, choices=State)
    closes_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "number"], name="auctions_lot_number")]
