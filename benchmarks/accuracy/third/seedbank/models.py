"""A library of seeds: what was collected where, how well it sprouts, who borrows it."""

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class TimeStamped(models.Model):
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Country(models.Model):
    name = models.CharField(max_length=60)
    iso = models.CharField(max_length=2, unique=True)

    def __str__(self):
        return self.name


class Taxon(models.Model):
    name = models.CharField(max_length=80)
    rank = models.CharField(max_length=12)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    def lineage(self):
        names, node = [], self
        while node is not None:
            names.append(node.name)
            node = node.parent  # site: lineages
        return " > ".join(reversed(names))


class Institute(models.Model):
    name = models.CharField(max_length=80)
    country = models.ForeignKey(Country, models.CASCADE, related_name="institutes")


class Collector(models.Model):
    name = models.CharField(max_length=80)
    institute = models.ForeignKey(Institute, models.CASCADE, null=True, related_name="collectors")
    mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="pupils")

    def __str__(self):
        return f"{self.name} ({self.institute.name})" if self.institute_id else self.name


class Vault(models.Model):
    name = models.CharField(max_length=40)
    celsius = models.IntegerField(default=-18)
    keeper = models.ForeignKey(Collector, models.SET_NULL, null=True)


class Shelf(models.Model):
    vault = models.ForeignKey(Vault, models.CASCADE, related_name="shelves")
    label = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)


class Donor(models.Model):
    name = models.CharField(max_length=80)
    country = models.ForeignKey(Country, models.CASCADE)


class AccessionQuerySet(models.QuerySet):
    def stored(self):
        return self.filter(status="stored")

    def for_catalogue(self):
        return self.select_related("taxon").order_by("number")


class LiveAccessions(models.Manager.from_queryset(AccessionQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(is_deleted=False)


class Accession(TimeStamped):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True)
    taxon = models.ForeignKey(Taxon, models.PROTECT, related_name="accessions")
    collector = models.ForeignKey(Collector, models.SET_NULL, null=True, related_name="accessions")
    country = models.ForeignKey(Country, models.PROTECT)
    shelf = models.ForeignKey(Shelf, models.SET_NULL, null=True, related_name="accessions")
    grams = models.IntegerField()
    status = models.CharField(max_length=12)
    is_deleted = models.BooleanField(default=False)
    tags = models.ManyToManyField(Tag, related_name="accessions")
    donors = models.ManyToManyField(Donor, through="Donation", related_name="accessions")
    notes = GenericRelation("Note")

    objects = LiveAccessions()
    everything = models.Manager()

    @property
    def label(self):
        return f"{self.number} {self.taxon.name}"

    @property
    def last_rate(self):
        newest = self.trials.order_by("-tested_on").first()
        return newest.rate if newest else None

    def is_on_loan(self):
        return self.loans.filter(returned_on=None).exists()


class Passport(models.Model):
    """The paper that came with it."""

    accession = models.OneToOneField(Accession, models.CASCADE, related_name="passport")
    title = models.CharField(max_length=80)
    habitat = models.TextField()
    field_notes = models.TextField()
    scan = models.BinaryField()


class Donation(models.Model):
    accession = models.ForeignKey(Accession, models.CASCADE, related_name="donations")
    donor = models.ForeignKey(Donor, models.CASCADE)
    received_on = models.DateField()


class Trial(models.Model):
    accession = models.ForeignKey(Accession, models.CASCADE, related_name="trials")
    lab = models.ForeignKey(Institute, models.CASCADE)
    technician = models.ForeignKey(Collector, models.SET_NULL, null=True)
    tested_on = models.DateField()
    rate = models.IntegerField()


class Loan(models.Model):
    accession = models.ForeignKey(Accession, models.CASCADE, related_name="loans")
    institute = models.ForeignKey(Institute, models.CASCADE, related_name="loans")
    approved_by = models.ForeignKey(Collector, models.SET_NULL, null=True, related_name="+")
    grams = models.IntegerField()
    lent_on = models.DateField()
    returned_on = models.DateField(null=True)


class Note(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=40)
    about = GenericForeignKey()
    text = models.CharField(max_length=200)


class Packet(models.Model):
    accession = models.ForeignKey(Accession, models.CASCADE, related_name="packets")
    barcode = models.CharField(max_length=20, unique=True)
    grams = models.IntegerField()


class Climate(models.Model):
    """What a sensor says, each few minutes."""

    vault = models.ForeignKey(Vault, models.CASCADE)
    at = models.DateTimeField()
    celsius = models.FloatField()
