from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Team(models.Model):
    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Developer(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="developer")
    team = models.ForeignKey(Team, models.PROTECT, related_name="developers")
    handle = models.CharField(max_length=30, unique=True)

    def __str__(self) -> str:
        return self.user.get_full_name()


class Project(models.Model):
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=8, unique=True)
    lead = models.ForeignKey(Developer, models.PROTECT, related_name="leads")

    def __str__(self) -> str:
        return self.name


class Milestone(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.project.key} {self.name}"


class Label(models.Model):
    name = models.CharField(max_length=30)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.BigIntegerField()
    target = GenericForeignKey()
    name = models.CharField(max_length=60)
    uploaded_by = models.ForeignKey(Developer, models.CASCADE, related_name="uploads")

    def __str__(self) -> str:
        return self.name


class IssueQuerySet(models.QuerySet["Issue"]):
    def open(self) -> IssueQuerySet:
        return self.filter(status="open")

    def with_labels(self) -> IssueQuerySet:
        return self.prefetch_related("labels")


class Issue(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="issues")
    milestone = models.ForeignKey(Milestone, models.SET_NULL, null=True, related_name="issues")
    reporter = models.ForeignKey(Developer, models.PROTECT, related_name="reported")
    assignee = models.ForeignKey(Developer, models.SET_NULL, null=True, related_name="assigned")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="subtasks")
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=12)
    priority = models.IntegerField(default=3)
    created_at = models.DateTimeField()
    labels = models.ManyToManyField(Label, related_name="issues")
    watchers = models.ManyToManyField(Developer, related_name="watching")
    blocked_by = models.ManyToManyField("self", symmetrical=False, related_name="blocks")
    attachments = GenericRelation(Attachment)

    objects = IssueQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    @property
    def people(self) -> str:
        who = self.assignee.handle if self.assignee_id else "nobody"
        return f"{self.reporter.handle} -> {who}"

    def is_watched_by(self, developer: Developer) -> bool:
        return developer in self.watchers.all()


class Comment(models.Model):
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="comments")
    author = models.ForeignKey(Developer, models.CASCADE, related_name="comments")
    text = models.CharField(max_length=200)
    is_internal = models.BooleanField(default=False)
    created_at = models.DateTimeField()


class Commit(models.Model):
    """Imported from the repository; its issue may have been deleted."""

    sha = models.CharField(max_length=40, unique=True)
    issue = models.ForeignKey(Issue, models.DO_NOTHING, db_constraint=False, related_name="commits")
    author = models.ForeignKey(Developer, models.CASCADE, related_name="commits")


class Worklog(models.Model):
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="worklogs")
    developer = models.ForeignKey(Developer, models.CASCADE, related_name="worklogs")
    minutes = models.IntegerField()


class Component(models.Model):
    name = models.CharField(max_length=40)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="parts")
    owner = models.ForeignKey(Developer, models.SET_NULL, null=True, related_name="components")


class Event(models.Model):
    """Everything that ever happened."""

    kind = models.CharField(max_length=12)
    actor_id = models.IntegerField()
    at = models.DateTimeField()
