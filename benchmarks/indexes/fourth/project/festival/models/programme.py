from django.db import models
from django.db.models import Q

from festival.models.catalogue import Film


class Edition(models.Model):
    year = models.SmallIntegerField(unique=True)
    theme = models.CharField(max_length=60)


class SubmissionQuerySet(models.QuerySet):
    def of_year(self, year):
        return self.filter(edition__year=year)

    def in_the_running(self):
        return self.filter(withdrawn_at=None, state__in=("submitted", "longlist", "shortlist"))


class Submission(models.Model):
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="submissions", db_index=False)
    film = models.ForeignKey(Film, models.CASCADE, related_name="submissions")
    reference = models.CharField(max_length=12)
    state = models.CharField(max_length=10)
    score = models.FloatField(null=True)
    fee_paid = models.BooleanField()
    screener = models.URLField()
    submitted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "film"], condition=Q(withdrawn_at=None), name="submitted_once"
            )
        ]


class Juror(models.Model):
    name = models.CharField(max_length=90)
    section = models.CharField(max_length=12)


class Review(models.Model):
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="reviews", db_index=False)
    juror = models.ForeignKey(Juror, models.CASCADE, related_name="reviews")
    grade = models.SmallIntegerField(null=True)
    opinion = models.TextField(blank=True)
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["juror", "submission"], name="judged_once")]
