"""A satellite operator: spacecraft, ground stations, contacts, anomalies and what is sold."""

from django.conf import settings
from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=60)


class Asset(models.Model):
    name = models.CharField(max_length=60)
    owner = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Platform(models.Model):
    name = models.CharField(max_length=40)
    maker = models.ForeignKey(Country, models.CASCADE, related_name="platforms")


class Satellite(Asset):
    platform = models.ForeignKey(Platform, models.SET_NULL, null=True, related_name="satellites")
    norad = models.IntegerField(unique=True)
    status = models.CharField(max_length=10)
    fuel = models.IntegerField(default=100)


class ActiveManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(status="active")


class ActiveSatellite(Satellite):
    objects = ActiveManager()

    class Meta:
        proxy = True


class Station(models.Model):
    country = models.ForeignKey(Country, models.CASCADE, related_name="stations")
    name = models.CharField(max_length=60)
    backup = models.ForeignKey("self", models.SET_NULL, null=True, related_name="backs")


class Licence(models.Model):
    station = models.OneToOneField(Station, models.CASCADE, related_name="licence")
    number = models.CharField(max_length=20)


class Band(models.Model):
    name = models.CharField(max_length=10)


class Instrument(models.Model):
    satellite = models.ForeignKey(Satellite, models.CASCADE, related_name="instruments")
    name = models.CharField(max_length=40)
    bands = models.ManyToManyField(Band, related_name="instruments")


class ContactQuerySet(models.QuerySet):
    def upcoming(self):
        return self.filter(state="planned").order_by("starts_at")

    def with_station(self):
        return self.select_related("station")


class Contact(models.Model):
    """A pass over a station."""

    satellite = models.ForeignKey(Satellite, models.CASCADE, related_name="contacts")
    station = models.ForeignKey(Station, models.CASCADE, related_name="contacts")
    engineer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="contacts"
    )
    starts_at = models.DateTimeField()
    seconds = models.IntegerField()
    state = models.CharField(max_length=10)

    objects = ContactQuerySet.as_manager()

    @property
    def headline(self):
        return f"{self.satellite.name} over {self.station.name}"

    def sent(self):
        return self.commands.filter(is_sent=True).count()


class Command(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="commands")
    opcode = models.CharField(max_length=20)
    is_sent = models.BooleanField(default=False)
    retries = models.IntegerField(default=0)


class Part(models.Model):
    satellite = models.ForeignKey(Satellite, models.CASCADE, related_name="parts")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    name = models.CharField(max_length=40)
    mass = models.IntegerField()


class Anomaly(models.Model):
    satellite = models.ForeignKey(Satellite, models.CASCADE, related_name="anomalies")
    instrument = models.ForeignKey(Instrument, models.SET_NULL, null=True, related_name="anomalies")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="anomalies"
    )
    title = models.CharField(max_length=80)
    severity = models.IntegerField()
    opened_at = models.DateTimeField()


class Comment(models.Model):
    anomaly = models.ForeignKey(Anomaly, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="comments")
    text = models.CharField(max_length=200)
    at = models.DateTimeField()


class Keyword(models.Model):
    word = models.CharField(max_length=30)


class Product(models.Model):
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="products")
    title = models.CharField(max_length=80)
    price = models.IntegerField()
    preview = models.FileField()
    keywords = models.ManyToManyField(Keyword, related_name="products")


class Scene(models.Model):
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="scenes")
    title = models.CharField(max_length=80)
    taken_at = models.DateTimeField()
    outline = models.TextField()
    meta = models.JSONField(default=dict)


class Customer(models.Model):
    name = models.CharField(max_length=80)
    country = models.ForeignKey(Country, models.CASCADE, related_name="customers")
    group = models.ForeignKey("self", models.SET_NULL, null=True, related_name="members")


class Delivery(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="deliveries")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    paid = models.BooleanField(default=False)


class Telemetry(models.Model):
    satellite = models.ForeignKey(Satellite, models.CASCADE, related_name="telemetry")
    at = models.DateTimeField()
    channel = models.CharField(max_length=10)
    value = models.IntegerField()
