from django.contrib.postgres.fields import ArrayField
from django.db import models

from bureau.models.people import Client, Translator


class ProjectQuerySet(models.QuerySet):
    def of(self, client):
        return self.filter(client=client)

    def current(self):
        return self.filter(is_archived=False)

    def running(self):
        return self.exclude(state__in=Project.DONE)

    def late(self, now):
        return self.running().filter(due_at__lt=now)


class Project(models.Model):
    class State(models.TextChoices):
        QUOTED = "quoted"
        OPEN = "open"
        WORKING = "working"
        REVIEW = "review"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    DONE = [State.DELIVERED, State.CANCELLED]

    client = models.ForeignKey(Client, models.PROTECT, related_name="projects", db_index=False)
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State)
    source = models.CharField(max_length=3)
    targets = ArrayField(models.CharField(max_length=3))
    manager = models.IntegerField(null=True)
    reviewer = models.IntegerField(null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    is_archived = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    budget = models.DecimalField(max_digits=10, decimal_places=2)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["client", "created_at"], name="project_of_client")]


class Assignment(models.Model):
    class Role(models.TextChoices):
        TRANSLATE = "t"
        REVISE = "r"
        PROOF = "p"

    project = models.ForeignKey(Project, models.CASCADE, related_name="assignments", db_index=False)
    translator = models.ForeignKey(Translator, models.CASCADE, related_name="assignments", db_index=False)
    role = models.CharField(max_length=1, choices=Role)
    offered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    is_rejected = models.BooleanField(default=False)
    words = models.PositiveIntegerField()
    fee = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "translator", "role"], name="one_role_a_translator")
        ]


class Invoice(models.Model):
    client = models.ForeignKey(Client, models.PROTECT, related_name="invoices", db_index=False)
    number = models.CharField(max_length=20)
    issued_on = models.DateField()
    due_on = models.DateField()
    paid_on = models.DateField(null=True, blank=True)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["issued_on"], name="invoice_issued")]


class Outbox(models.Model):
    """Mails to send; those that were sent are kept."""

    kind = models.CharField(max_length=20)
    payload = models.JSONField()
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
