from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from vineyard.models.cellar import Wine


class MemberManager(models.Manager):
    def present(self):
        return self.filter(left_on__isnull=True)

    def by_mail(self, mail):
        try:
            return self.present().get(email__iexact=mail)
        except self.model.DoesNotExist:
            return None


class Member(models.Model):
    email = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    postcode = models.CharField(max_length=10)
    joined_on = models.DateField()
    left_on = models.DateField(null=True)
    consent_until = models.DateField(null=True)
    anonymised_at = models.DateTimeField(null=True)
    sponsor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="sponsored", db_index=False)

    objects = MemberManager()


class Order(models.Model):
    class Status(models.IntegerChoices):
        CART = 0
        PLACED = 1
        PACKING = 2
        SENT = 3
        DELIVERED = 4
        REFUNDED = 9

    number = models.CharField(max_length=14, unique=True)
    external_ref = models.CharField(max_length=20, null=True)
    estate = models.IntegerField()
    member = models.ForeignKey(Member, models.PROTECT, related_name="orders")
    gift_to = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="gifts", db_index=False)
    status = models.SmallIntegerField(choices=Status)
    placed_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    total = models.DecimalField(max_digits=8, decimal_places=2)
    coupon = models.CharField(max_length=16, null=True)
    ship_window = DateRangeField(null=True)


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    wine = models.ForeignKey(Wine, models.PROTECT, related_name="+", db_index=False)
    quantity = models.SmallIntegerField()
    shipped = models.SmallIntegerField()
    price = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        db_table = "vineyard_order_item"


class Allocation(models.Model):
    """What a member may buy of a wine in a season."""

    member = models.ForeignKey(Member, models.CASCADE, db_index=False)
    wine = models.ForeignKey(Wine, models.CASCADE, db_index=False)
    season = models.SmallIntegerField(db_column="yr")
    bottles = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "wine", "season"], name="vineyard_share")]


class TastingNote(models.Model):
    wine = models.ForeignKey(Wine, models.CASCADE, related_name="tastings", db_index=False)
    taster = models.IntegerField()
    score = models.SmallIntegerField()
    text = models.TextField()
    words = SearchVectorField(null=True)
    tasted_on = models.DateField()
    is_hidden = models.BooleanField(default=False)


class Remark(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=36)
    about = GenericForeignKey()
    text = models.TextField()
    written_at = models.DateTimeField()
