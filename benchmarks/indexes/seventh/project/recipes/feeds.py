"""What a cook is shown first."""

from django.db.models import Prefetch, Q

from recipes.models import Follow, Recipe, Review


def followed_by(cook):
    return Follow.objects.filter(fan=cook).values("star")


def latest_of_followed(cook, limit=20):
    return Recipe.objects.public().filter(author__in=followed_by(cook)).order_by("-published_at")[:limit]


def last_three():
    """Slices of a prefetch become a window function."""
    return Prefetch("reviews", Review.objects.order_by("-created_at")[:3], to_attr="latest")


def older_than(moment, pk):
    """The page that follows a row."""
    return Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk)


def card(recipe):
    return {"id": str(recipe.pk), "title": recipe.title, "rating": recipe.rating}
