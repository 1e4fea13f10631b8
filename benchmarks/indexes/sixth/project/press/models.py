"""Old newspapers, scanned and read by a machine."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Paper(models.Model):
    slug = models.SlugField(primary_key=True, db_index=False)
    name = models.CharField(max_length=80)
    town = models.CharField(max_length=60)


class Issue(models.Model):
    paper = models.ForeignKey(Paper, models.CASCADE, db_column="paper_slug", db_index=False)
    published_on = models.DateField()
    edition = models.CharField(max_length=10)
    scanned_on = models.DateField()
    printed_date = models.DateField(null=True)  # where the paper says another day
    pages = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["published_on", "edition"], name="press_issue_day")]


class Person(models.Model):
    name = models.CharField(max_length=80)
    born_on = models.DateField(null=True)
    authority = models.CharField(max_length=20, null=True)


class Readable(models.QuerySet):
    def readable(self):
        return self.filter(withdrawn_at=None, embargo_until=None)

    def in_section(self, *sections):
        return self.filter(section__in=sections)


class Article(models.Model):
    class Section(models.TextChoices):
        NEWS = "news"
        TRADE = "trade"
        ADS = "ads"
        SPORT = "sport"
        DEATHS = "deaths"
        SERIAL = "serial"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="articles", db_index=False)
    position = models.SmallIntegerField()
    section = models.CharField(max_length=8, choices=Section)
    headline = models.CharField(max_length=200)
    byline = models.CharField(max_length=80, null=True)
    body = models.TextField()
    language = models.CharField(max_length=2)
    quality = models.FloatField(db_column="ocr_quality")
    keywords = ArrayField(models.CharField(max_length=20), default=list)
    meta = models.JSONField(default=dict)
    published_on = models.DateField()
    embargo_until = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    people = models.ManyToManyField(Person, through="Mention", related_name="articles")

    objects = Readable.as_manager()


class Mention(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, db_index=False)
    times = models.SmallIntegerField(default=1)

    class Meta:
        unique_together = [("article", "person")]


class Redirect(models.Model):
    old = models.CharField(max_length=200, db_column="old_path")
    new = models.CharField(max_length=200, db_column="new_path")
    hits = models.IntegerField(default=0)

    class Meta:
        db_table = "press_moved"


class Session(models.Model):
    """Of readers; the table isn't logged."""

    token = models.CharField(max_length=32, unique=True)
    address = models.GenericIPAddressField()
    seen_at = models.DateTimeField()
    reader = models.IntegerField(null=True)


class Hit(models.Model):
    """A table with a partition for each half of a year."""

    id = models.BigIntegerField(primary_key=True)
    article = models.ForeignKey(Article, models.DO_NOTHING, db_constraint=False, related_name="hits")
    at = models.DateTimeField()
    session = models.CharField(max_length=32)
    status = models.SmallIntegerField()

    class Meta:
        managed = False
