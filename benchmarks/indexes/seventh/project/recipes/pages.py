"""The site of recipes: its readers, its cooks and those who keep it clean."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import transaction
from django.db.models import Avg, Count, Max, Min, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Collate, Left, Length, Upper
from pgvector.django import L2Distance

from recipes import feeds
from recipes.models import Comment, Cook, Draft, Follow, Ingredient, Portion, Recipe, Review, Taste, View

LONG = 1700  # letters: a review that is a story
POOR = 2


def undone(change):
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def by_slug(slug):
    """Under its name, or one that it had once."""
    found = Recipe.objects.public().filter(Q(slug=slug) | Q(old_slugs__contains=[slug]))
    return [feeds.card(one) for one in found]


def slugs_like(base):
    """Which numbers are taken."""
    return list(Recipe.objects.filter(slug__regex=rf"^{base}(-[0-9]+)?$").values_list("slug", flat=True))


def sign_in(name):
    return Cook.objects.filter(username=name, is_active=True).first()


def tagged(tags):
    return [feeds.card(one) for one in Recipe.objects.public().filter(tags__contains=tags).best_first()[:24]]


def first_tag(tag):
    """Where it matters most."""
    return list(Recipe.objects.filter(tags__0=tag).order_by("-created_at").values("pk", "title"))


def search(words):
    query = SearchQuery(words, config="english", search_type="websearch")
    found = Recipe.objects.public().filter(words=query).annotate(rank=SearchRank("words", query))
    return [feeds.card(one) for one in found.order_by("-rank", "pk")[:20]]


def pantry(ingredients):
    """What has all of them."""
    has = Portion.objects.filter(ingredient__in=ingredients).values("recipe")
    full = has.annotate(n=Count("ingredient")).filter(n=len(ingredients))
    return list(full.values_list("recipe", flat=True))


def bin_of(author):
    """What a cook threw away; the unique index has what they kept."""
    gone = Recipe.objects.filter(author=author, deleted_at__isnull=False)
    return list(gone.order_by("-deleted_at").values("pk", "title"))


def cards(ids):
    found = Recipe.objects.filter(pk__in=ids).prefetch_related(feeds.last_three())
    return [(one.title, [review.stars for review in one.latest]) for one in found]


def critics(recipe):
    """The most helpful of those that didn't like it, if they say why."""
    bad = Review.objects.filter(recipe=recipe, stars__lte=POOR).exclude(text="")
    return list(bad.order_by("-helpful", "-pk").values("text", "helpful")[:10])


def feed(cook):
    return [feeds.card(one) for one in feeds.latest_of_followed(cook)]


def thread(path):
    return list(Comment.objects.filter(path__below=path).order_by("path").values("path", "body"))


def comments_of(recipe):
    return list(Comment.objects.filter(recipe=recipe).select_related("cook").order_by("path"))


def quick(minutes, rating, languages):
    """A form with three fields."""
    found = Recipe.objects.public().filter(minutes__lte=minutes, rating__gte=rating)
    if languages:
        found = found.filter(language__in=languages)
    return [feeds.card(one) for one in found.order_by("-votes", "pk")[:30]]


def to_check():
    """Reported and not looked at."""
    waiting = Review.objects.filter(reports__gt=0, checked_at=None)
    return list(waiting.order_by("-reports", "created_at").values("pk", "text")[:50])


def stories():
    told = Review.objects.annotate(letters=Length("text")).filter(letters__gt=LONG)
    return list(told.order_by("-created_at").values("pk", "letters")[:30])


def switch_off(before):
    """Cooks who never answered our mail."""
    silent = Cook.objects.filter(email_verified_at=None, is_active=True, joined_on__lt=before)
    return undone(lambda: silent.update(is_active=False))


def alike(recipe):
    """The ten that are nearest."""
    place = Taste.objects.values_list("place", flat=True).get(pk=recipe)
    near = Taste.objects.exclude(pk=recipe).order_by(L2Distance("place", place))
    return list(near.values_list("pk", flat=True)[:10])


def titles_like(text):
    return list(Recipe.objects.filter(title__trigram_word_similar=text).values_list("pk", "title"))


def views_of(recipe, since):
    seen = View.objects.filter(recipe=recipe, at__gte=since)
    return seen.aggregate(n=Count("pk"), cooks=Count("cook", distinct=True), last=Max("at"))


def seen_by(cook):
    return list(View.objects.filter(cook=cook).order_by("-at").values("recipe_id", "at")[:40])


def linked_from(start):
    return list(View.objects.filter(referrer__startswith=start).values("referrer").annotate(n=Count("id")))


def with_allergen(name):
    return list(Recipe.objects.filter(extra__contains={"allergens": [name]}).values_list("pk", "title"))


def imported(number):
    """By its number at the site from which it came."""
    return Recipe.objects.annotate(number=KT("extra__source__id")).filter(number=number).first()


def letter(first):
    found = Recipe.objects.annotate(first=Upper(Left("title", 1))).filter(first=first)
    return list(found.order_by("title", "pk").values("pk", "title")[:50])


def index_of(language):
    """The beginning of the list, as a machine sorts it."""
    found = Recipe.objects.filter(language=language, deleted_at=None)
    return list(found.order_by(Collate("title", "C"), "pk").values("pk", "title")[:40])


def same_taste(cook):
    """Who loves what a cook loves."""
    others = Review.objects.filter(recipe__reviews__cook=cook, recipe__reviews__stars=5, stars=5).exclude(
        cook=cook
    )
    return list(others.values("cook").annotate(n=Count("pk")).order_by("-n", "cook")[:10])


def last_reviews(cooks):
    latest = Review.objects.filter(cook__in=cooks).order_by("cook", "-created_at").distinct("cook")
    return list(latest.values("cook", "stars", "created_at"))


def draft(key):
    return Draft.objects.filter(key=key).values("body", "saved_at").first()


def sweep(before):
    """Drafts of nobody."""
    return undone(lambda: Draft.objects.filter(cook__isnull=True, saved_at__lt=before).delete())


def same_address(address):
    return list(Cook.objects.filter(last_ip=address).order_by("-joined_on").values("pk", "username"))


def older(moment, pk):
    """All recipes, page by page, without an offset."""
    found = Recipe.objects.alive().filter(feeds.older_than(moment, pk), created_at__lte=moment)
    return [feeds.card(one) for one in found.order_by("-created_at", "-pk")[:25]]


def reviews_for(author):
    """What others say of a cook's recipes."""
    said = Review.objects.filter(recipe__author=author).select_related("recipe")
    return [(one.recipe.title, one.stars) for one in said.order_by("-created_at")[:20]]


# What no index should be advised for.


def front(language):
    """The order of an index, of which every twentieth row is the language's."""
    return [
        feeds.card(one)
        for one in Recipe.objects.public().filter(language=language).order_by("-published_at")[:24]
    ]


def recipes_of(author):
    """The unique index of what is kept begins with the author."""
    return [feeds.card(one) for one in Recipe.objects.alive().filter(author=author).order_by("-created_at")]


def followers(star):
    return Follow.objects.filter(star=star).count()


def shopping(recipes):
    bought = Portion.objects.filter(recipe__in=recipes).values("ingredient__name")
    return list(bought.annotate(grams=Sum("grams")).order_by("ingredient__name"))


def ingredients(text):
    return list(Ingredient.objects.filter(name__icontains=text).order_by("name")[:20])


def vowels():
    """A pattern without letters that stand together."""
    found = Recipe.objects.filter(title__regex="[aeiou].*[aeiou]")
    return found.aggregate(n=Count("rating"), last=Max("slug"), first=Min("intro"))


def praised():
    return list(Review.objects.filter(stars=5).order_by("-pk").values("text")[:20])


def all_stars():
    rated = Review.objects.filter(stars__gte=1).values("stars")
    return list(
        rated.annotate(n=Count("text"), helpful=Avg("helpful"), last=Max("created_at"), c=Max("cook"))
    )


def surprise():
    return [feeds.card(one) for one in Recipe.objects.public().order_by("?")[:5]]


def vegan():
    """A third of all."""
    found = Recipe.objects.filter(tags__contains=["vegan"])
    return found.aggregate(n=Count("pk"), r=Avg("rating"), longest=Max("minutes"), title=Min("title"))


def view(number):
    return View.objects.filter(pk=number).values("recipe_id", "at").first()
