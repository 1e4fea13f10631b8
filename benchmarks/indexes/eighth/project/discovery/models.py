"""Documents collected for litigation: who had them, what they say, and what reviewers made of them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Matter(models.Model):
    code = models.CharField(max_length=8, unique=True)
    client = models.CharField(max_length=80)
    closed_on = models.DateField(null=True)


class Custodian(models.Model):
    matter = models.ForeignKey(Matter, models.CASCADE)
    name = models.CharField(max_length=80)


class DocumentQuerySet(models.QuerySet):
    def live(self):
        return self.filter(dropped_at__isnull=True)

    def in_matter(self, code):
        return self.live().filter(matter__code=code)

    def unreviewed(self):
        return self.filter(reviewed_at__isnull=True)


class Document(models.Model):
    class Kind(models.TextChoices):
        MAIL = "mail"
        ATTACHMENT = "attachment"
        CHAT = "chat"
        LOOSE = "loose"

    class Privilege(models.TextChoices):
        NONE = "none"
        ASSERTED = "asserted"
        REDACTED = "redacted"
        WAIVED = "waived"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    matter = models.ForeignKey(Matter, models.PROTECT, db_index=False)
    custodian = models.ForeignKey(Custodian, models.PROTECT, related_name="documents")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="attached", db_index=False)
    bates = models.CharField(max_length=24, null=True)
    kind = models.CharField(max_length=10, choices=Kind)
    sender = models.CharField(max_length=120, null=True)
    subject = models.CharField(max_length=200)
    sent_at = models.DateTimeField(null=True)
    sha1 = models.CharField(max_length=40)
    size = models.BigIntegerField(db_column="bytes")
    privilege = models.CharField(max_length=8, choices=Privilege)
    reviewer = models.IntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    body = models.TextField()
    metadata = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=12), default=list)
    words = SearchVectorField(null=True)
    dropped_at = models.DateTimeField(null=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "bates"], name="discovery_bates")]


class Recipient(models.Model):
    document = models.ForeignKey(Document, models.CASCADE, related_name="recipients", db_index=False)
    address = models.CharField(max_length=120)
    role = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "address", "role"], name="discovery_addressed")
        ]


class Coding(models.Model):
    """What a reviewer decided of a document, and what the model had proposed."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="codings", db_index=False)
    reviewer = models.IntegerField(db_index=True)
    proposed = models.SmallIntegerField()
    value = models.SmallIntegerField()
    decided_at = models.DateTimeField()


class Access(models.Model):
    account = models.IntegerField()
    ip = models.GenericIPAddressField()
    path = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "discovery_access_log"
        indexes = [models.Index(fields=["at"], name="discovery_access_at")]


class Batch(models.Model):
    """Work that waits for a reviewer; filled and emptied all day."""

    matter = models.ForeignKey(Matter, models.CASCADE, db_index=False)
    priority = models.SmallIntegerField()
    taken_by = models.IntegerField(null=True)
    made_at = models.DateTimeField()
