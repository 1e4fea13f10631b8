"""What customers say."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Comment(models.Model):
    """A comment on anything."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+", db_index=False)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")
    text = models.CharField(max_length=200)
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["content_type", "object_id"]),
            models.Index(fields=["-created"]),
        ]

    def __str__(self):
        return self.text


class Review(models.Model):
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="reviews")
    customer = models.ForeignKey("orders.Customer", on_delete=models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField()
    is_read = models.BooleanField(default=False)
    created = models.DateTimeField()
    comments = GenericRelation(Comment, related_query_name="review")

    class Meta:
        indexes = [models.Index(fields=["-created"])]

    def __str__(self):
        return f"{self.title} ({self.product.name})"


class Vote(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="votes", db_index=False)
    customer = models.ForeignKey("orders.Customer", on_delete=models.CASCADE, related_name="votes")
    value = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "customer"], name="one_vote_a_review")]

    def __str__(self):
        return f"{self.value:+d}"
