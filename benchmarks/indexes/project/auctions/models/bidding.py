from django.db import models
from django.db.models.functions import Lower

from auctions.models.sales import Lot


class Bidder(models.Model):
    email = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    class Meta:
        indexes = [models.Index(Lower("email"), name="auctions_bidder_email")]


class Bid(models.Model):
    lot = models.ForeignKey(Lot, models.CASCADE, related_name="bids")
    bidder = models.ForeignKey(Bidder, models.CASCADE, related_name="bids", db_index=False)
    amount = models.IntegerField()
    placed_at = models.DateTimeField()
    channel = models.CharField(max_length=10)
    retracted = models.BooleanField(default=False)
