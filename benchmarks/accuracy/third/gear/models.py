"""A marketplace of used instruments."""

from functools import cached_property

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Category(models.Model):
    name = models.CharField(max_length=40)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")


class Maker(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=40)


class Seller(models.Model):
    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="seller")
    city = models.CharField(max_length=40)
    since = models.DateField()

    def __str__(self):
        return self.account.username


class Workshop(Seller):
    hourly_rate = models.IntegerField()


class Stamped(models.Model):
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class ListingQuerySet(models.QuerySet):
    def on_sale(self):
        return self.filter(status="sale")

    def newest(self):
        return self.order_by("-created_at", "-pk")

    def with_seller(self):
        return self.select_related("seller__account")


class Listing(Stamped):
    title = models.CharField(max_length=80)
    category = models.ForeignKey(Category, models.PROTECT, related_name="listings")
    maker = models.ForeignKey(Maker, models.SET_NULL, null=True, related_name="listings")
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="listings")
    price = models.IntegerField()
    status = models.CharField(max_length=10)
    views = models.IntegerField(default=0)
    specs = models.JSONField(default=dict)
    watchers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="watched")

    objects = ListingQuerySet.as_manager()

    @property
    def cover(self):
        return self.photos.first()

    @cached_property
    def best_offer(self):
        return self.offers.aggregate(best=models.Max("amount"))["best"]

    def byline(self):
        return f"{self.title}, {self.seller.city}"


class Archived(Listing):
    class Meta:
        proxy = True


class Story(models.Model):
    """What a seller tells about an instrument, at length."""

    listing = models.OneToOneField(Listing, models.CASCADE, related_name="story")
    headline = models.CharField(max_length=80)
    body = models.TextField()
    history = models.TextField()
    recording = models.BinaryField()


class Photo(models.Model):
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="photos")
    image = models.FileField()
    position = models.IntegerField()


class Offer(models.Model):
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="offers")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="offers")
    amount = models.IntegerField()
    state = models.CharField(max_length=10)
    made_at = models.DateTimeField()


class Courier(models.Model):
    name = models.CharField(max_length=40)


class Purchase(models.Model):
    listing = models.OneToOneField(Listing, models.CASCADE, related_name="purchase")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="purchases")
    courier = models.ForeignKey(Courier, models.SET_NULL, null=True)
    price = models.IntegerField()
    state = models.CharField(max_length=10)


class Review(models.Model):
    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="reviews")
    stars = models.IntegerField()
    text = models.CharField(max_length=200)


class Message(models.Model):
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sent")
    text = models.CharField(max_length=200)
    is_read = models.BooleanField(default=False)


class Remark(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey()
    text = models.CharField(max_length=200)


class Coupon(models.Model):
    code = models.CharField(max_length=12, unique=True)
    percent = models.IntegerField()


class Rate(models.Model):
    currency = models.CharField(max_length=3, unique=True)
    value = models.FloatField()


class Repair(models.Model):
    workshop = models.ForeignKey(Workshop, models.CASCADE, related_name="repairs")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="repairs")
    state = models.CharField(max_length=10)
    cost = models.IntegerField()


class Payout(models.Model):
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="payouts")
    amount = models.IntegerField()
    is_flagged = models.BooleanField(default=False)


class Click(models.Model):
    listing_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
