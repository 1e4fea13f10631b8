from django.db import models
from hub.columns import LTreeField


class Taxon(models.Model):
    path = LTreeField()
    name = models.CharField(max_length=60)
    rank = models.CharField(max_length=12)
