from django.contrib.postgres.fields import ArrayField
from django.db import models


class Account(models.Model):
    slug = models.SlugField(unique=True)
    plan = models.CharField(max_length=10)
    country = models.CharField(max_length=2)


class SubscriberQuerySet(models.QuerySet):
    def of(self, account):
        return self.filter(account_id=account)

    def reachable(self):
        return self.filter(state=Subscriber.State.ACTIVE)

    def complained(self):
        return self.filter(state=Subscriber.State.COMPLAINED)


class Subscriber(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active"
        UNSUBSCRIBED = "unsubscribed"
        BOUNCED = "bounced"
        COMPLAINED = "complained"

    account = models.ForeignKey(Account, models.CASCADE, related_name="subscribers", db_index=False)
    email = models.EmailField()
    name = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    tags = ArrayField(models.CharField(max_length=24), default=list)
    attributes = models.JSONField(default=dict)
    locale = models.CharField(max_length=5)
    crm_id = models.CharField(max_length=20, null=True)
    joined_at = models.DateTimeField()
    last_opened_at = models.DateTimeField(null=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "joined_at"], name="subscriber_of_account")]
