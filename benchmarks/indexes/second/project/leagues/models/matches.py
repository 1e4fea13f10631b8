from django.db import models

from leagues.models.people import Club, Player


class Competition(models.Model):
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)


class Fixture(models.Model):
    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        LIVE = "live", "Live"
        FINISHED = "finished", "Finished"
        POSTPONED = "postponed", "Postponed"
        ABANDONED = "abandoned", "Abandoned"

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="fixtures")
    home = models.ForeignKey(Club, models.CASCADE, related_name="home_fixtures", db_index=False)
    away = models.ForeignKey(Club, models.CASCADE, related_name="away_fixtures", db_index=False)
    kick_off = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status)
    attendance = models.PositiveIntegerField(null=True)
    referee = models.CharField(max_length=60)
    players = models.ManyToManyField(Player, through="leagues.Appearance", related_name="fixtures")

    class Meta:
        indexes = [models.Index(fields=["kick_off"], name="leagues_fixture_kick_off")]


class Appearance(models.Model):
    fixture = models.ForeignKey(Fixture, models.CASCADE, related_name="appearances", db_index=False)
    player = models.ForeignKey(Player, models.CASCADE, related_name="appearances", db_index=False)
    club = models.ForeignKey(Club, models.CASCADE, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    grade = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    started = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fixture", "player"], name="leagues_appearance_once"),
        ]


class Event(models.Model):
    class Kind(models.TextChoices):
        GOAL = "G"
        YELLOW = "Y"
        RED = "R"
        SUBSTITUTION = "S"
        VAR = "V"

    fixture = models.ForeignKey(Fixture, models.CASCADE, related_name="events", db_index=False)
    player = models.ForeignKey(Player, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=1, choices=Kind)
    minute = models.PositiveSmallIntegerField()
    detail = models.JSONField(default=dict)
