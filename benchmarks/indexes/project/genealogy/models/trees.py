from django.db import models


class Tree(models.Model):
    title = models.CharField(max_length=60)
    is_public = models.BooleanField(default=True)
