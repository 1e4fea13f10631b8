"""Meals on their way: kitchens, riders, orders and what riders were offered."""

from django.db import models
from django.db.models import F, Q

from dispatch.geo import PointField

LATE_BY = 45  # minutes after which a customer gets the money back


class City(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=60)


class Kitchen(models.Model):
    city = models.ForeignKey(City, models.PROTECT, db_column="city", related_name="kitchens")
    chain = models.IntegerField(null=True)
    name = models.CharField(max_length=80)
    cuisine = models.CharField(max_length=20)


class Rider(models.Model):
    class Flag(models.IntegerChoices):
        """Bits of a mask."""

        ALCOHOL = 1
        LARGE_BAG = 2
        INVESTIGATED = 4
        NIGHT = 8

    city = models.ForeignKey(City, models.PROTECT, db_column="city")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20)
    plate = models.CharField(max_length=12, blank=True)
    vehicle = models.CharField(max_length=10)
    flags = models.PositiveSmallIntegerField(default=0)
    is_online = models.BooleanField(default=False)
    spot = PointField(null=True)
    seen_at = models.DateTimeField(null=True)


class Customer(models.Model):
    email = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, null=True)
    name = models.CharField(max_length=80)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, db_index=False)


class OrderQuerySet(models.QuerySet):
    def in_city(self, city):
        return self.filter(city=city)

    def open(self):
        return self.filter(state__in=Order.OPEN)

    def real(self):
        return self.filter(is_test=False)

    def late(self):
        return self.filter(taken_min__gt=F("promised_min") + LATE_BY)


class Order(models.Model):
    class State(models.TextChoices):
        PLACED = "placed"
        COOKING = "cooking"
        READY = "ready"
        RIDING = "riding"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    OPEN = (State.PLACED, State.COOKING, State.READY, State.RIDING)

    code = models.CharField(max_length=12)  # as printed on the bag, with dashes
    city = models.ForeignKey(City, models.PROTECT, db_column="city", db_index=False)
    kitchen = models.ForeignKey(Kitchen, models.PROTECT, related_name="orders", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders", db_index=False)
    rider = models.ForeignKey(Rider, models.PROTECT, null=True, db_index=False)
    state = models.CharField(max_length=10, choices=State)
    placed_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    promised_min = models.SmallIntegerField()
    taken_min = models.SmallIntegerField(null=True)
    total_cents = models.IntegerField()
    refunded_cents = models.IntegerField(default=0)
    postcode = models.CharField(max_length=7)
    note = models.TextField(null=True)
    lines = models.JSONField(default=list)
    is_test = models.BooleanField(default=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["city", "placed_at"], name="dispatch_order_city")]


class Offer(models.Model):
    """An order that a rider may take."""

    class Answer(models.IntegerChoices):
        TAKEN = 1
        REFUSED = 2
        EXPIRED = 3

    order = models.ForeignKey(Order, models.CASCADE, related_name="offers", db_index=False)
    rider = models.ForeignKey(Rider, models.CASCADE, db_index=False)
    offered_at = models.DateTimeField()
    answer = models.SmallIntegerField(choices=Answer, null=True)
    answered_at = models.DateTimeField(null=True)
    pay_cents = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["rider", "order"], name="dispatch_offer_rider")]


class Event(models.Model):
    class Kind(models.IntegerChoices):
        PRINTED = 1
        BAGGED = 2
        HANDED_OVER = 3
        CALLED = 4

    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    kind = models.PositiveSmallIntegerField(choices=Kind)
    at = models.DateTimeField()


class Ping(models.Model):
    """Where riders were: a partition for each month."""

    id = models.BigIntegerField(primary_key=True)
    rider = models.ForeignKey(Rider, models.DO_NOTHING, db_constraint=False, related_name="pings")
    at = models.DateTimeField()
    spot = PointField()
    battery = models.SmallIntegerField()

    class Meta:
        managed = False


class Coupon(models.Model):
    code = models.CharField(max_length=16)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, db_index=False)
    order = models.ForeignKey(Order, models.SET_NULL, null=True, db_index=False)
    expires_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(order=None), name="dispatch_coupon_unused")
        ]


class Outbox(models.Model):
    """Messages that wait to be sent; rows come and go."""

    topic = models.CharField(max_length=20)
    payload = models.JSONField()
    due_at = models.DateTimeField()
    locked_by = models.CharField(max_length=20, null=True)
