"""Articles, who writes them, and what readers say."""

from django.contrib.auth.models import User
from django.db import models


class Desk(models.Model):
    name = models.CharField(max_length=60)
    chief = models.ForeignKey("Journalist", models.SET_NULL, null=True, related_name="led_desks")

    def __str__(self):
        return self.name


class Journalist(models.Model):
    user = models.OneToOneField(User, models.CASCADE, related_name="journalist")
    desk = models.ForeignKey(Desk, models.CASCADE, related_name="journalists")
    phone = models.CharField(max_length=20)

    def __str__(self):
        return self.user.get_full_name()


class Topic(models.Model):
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="subtopics")

    def __str__(self):
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=40)

    def __str__(self):
        return self.name


class Photo(models.Model):
    path = models.CharField(max_length=80)
    photographer = models.ForeignKey(Journalist, models.PROTECT, related_name="photos")
    caption = models.CharField(max_length=120)

    def credit(self):
        return f"Photo: {self.photographer.user.last_name}"


class PublishedManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(status="published")  # site: front-page


class Article(models.Model):
    headline = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    teaser = models.CharField(max_length=300)
    author = models.ForeignKey(Journalist, models.PROTECT, related_name="articles")
    desk = models.ForeignKey(Desk, models.SET_NULL, null=True, related_name="articles")
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, related_name="articles")
    photo = models.ForeignKey(Photo, models.SET_NULL, null=True, related_name="articles")
    tags = models.ManyToManyField(Tag, related_name="articles")
    see_also = models.ManyToManyField("self", symmetrical=False, related_name="seen_from")
    status = models.CharField(max_length=12)
    published_at = models.DateTimeField(db_index=True)
    views = models.IntegerField(default=0)
    comment_count = models.IntegerField(default=0)

    objects = models.Manager()
    published = PublishedManager()

    def __str__(self):
        return self.headline

    @property
    def byline(self):
        return f"By {self.author.user.get_full_name()}, {self.author.desk.name}"

    def approved_comments(self):
        return self.comments.filter(is_approved=True)

    def tag_line(self):
        return ", ".join(tag.name for tag in self.tags.all())


class Essay(models.Model):
    """Long reads carry their whole text and its rendering."""

    headline = models.CharField(max_length=120)
    author = models.ForeignKey(Journalist, models.PROTECT, related_name="essays")
    body = models.TextField()
    rendered = models.TextField()
    published_at = models.DateTimeField(db_index=True)


class Comment(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="comments")
    name = models.CharField(max_length=60)
    text = models.CharField(max_length=300)
    is_approved = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_index=True)


class Revision(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    editor = models.ForeignKey(Journalist, models.PROTECT, related_name="revisions")
    number = models.IntegerField()
    summary = models.CharField(max_length=120)

    class Meta:
        ordering = ["-number"]


class Correction(models.Model):
    article = models.OneToOneField(Article, models.CASCADE, related_name="correction")
    text = models.CharField(max_length=300)


class Alert(models.Model):
    """Tells a desk that something happened to one of its articles."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="alerts")
    desk = models.ForeignKey(Desk, models.CASCADE, related_name="alerts")
    text = models.CharField(max_length=120)
