"""A catalogue of seeds and plants: the shop, the warehouse and the office."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, F, Min, OuterRef, Q, Sum

from seeds.models import Collection, CollectionItem, Lot, Nursery, OrderLine, Review, Species, Variety

AWARD = "AGM"
PER_PAGE = 24


def full_text(words):
    query = SearchQuery(words, config="english", search_type="websearch")
    return list(Variety.objects.current().filter(words=query).values_list("pk", "name", "price"))


def awarded():
    return list(Variety.objects.filter(traits__contains={"awards": [AWARD]}).order_by("name"))


def tagged(*tags):
    """With any of the tags."""
    return list(Variety.objects.current().filter(tags__overlap=list(tags)).only("name", "price"))


def hardy_in(zone):
    return list(Variety.objects.current().filter(zones__contains=zone).values("code", "name", "zones"))


def by_code(code):
    """From a label: people type it as they like, and nobody knows whose it is."""
    return Variety.objects.current().filter(code__iexact=code).select_related("nursery").first()


def price_list(nursery, low, high):
    return list(Variety.objects.sold_by(nursery).priced(low, high).order_by("price", "pk")[:PER_PAGE])


def named(text):
    return list(Variety.objects.filter(name__icontains=text)[:200])


def reviews_of(pk, page=1):
    variety = Variety.objects.only("pk").get(pk=pk)
    good = variety.reviews.filter(spam=False).order_by("-written_at")
    return list(good[10 * (page - 1) : 10 * page])


class ReviewChangeList:
    """As the admin lists them: filters of the side bar, words of the search box, newest first."""

    search_fields = ("text",)
    list_filter = ("spam", "stars")

    def __init__(self, get):
        self.get = get

    def get_queryset(self):
        chosen = {f"{name}__exact": self.get[name] for name in self.list_filter if name in self.get}
        found = Review.objects.select_related("about_type").filter(**chosen)
        for word in self.get.get("q", "").split():
            matches = Q()
            for field in self.search_fields:
                matches |= Q(**{f"{field}__icontains": word})
            found = found.filter(matches)
        return found.order_by("-written_at", "-pk")


def review_list(get):
    changes = ReviewChangeList(get).get_queryset()
    return changes.count(), list(changes[:100])


def sell_soon(warehouse, day):
    """Bags that aren't empty and won't keep."""
    bags = Lot.objects.filter(warehouse=warehouse, best_before__lte=day, grams__gt=0)
    return list(bags.select_related("variety").order_by("best_before")[:40])


def top_sellers(since):
    sold = OrderLine.objects.filter(ordered_at__gte=since).values("variety").annotate(n=Sum("quantity"))
    return list(sold.order_by("-n")[:10])


def collections_with(variety):
    public = Collection.objects.filter(collectionitem__variety=variety, public=True)
    return list(public.order_by("title").values_list("pk", "title"))


def never_tested(packed_after):
    return list(
        Lot.objects.filter(germination__isnull=True, packed_on__gt=packed_after).order_by("packed_on")
    )


def gift_notes(begin, end):
    with_note = OrderLine.objects.exclude(gift_note=None).filter(ordered_at__range=(begin, end))
    return list(with_note.values("order_ref", "gift_note"))


def of_species(genus, epithet):
    """A page of the encyclopaedia."""
    species = Species.objects.filter(genus=genus, epithet=epithet)
    return list(Variety.objects.filter(species__in=species, retired_at=None).order_by("name")[:60])


def cheapest_of_species(species):
    return Variety.objects.filter(species_id=species, retired_at__isnull=True).aggregate(least=Min("price"))


def order(reference):
    lines = OrderLine.objects.filter(order_ref=reference).annotate(name=F("variety__name"))
    return list(lines.values("name", "quantity", "paid"))


def praised_nurseries():
    """Forty nurseries, each with thousands of reviews."""
    kind = ContentType.objects.get_for_model(Nursery)
    some = Review.objects.filter(about_type=kind, about_id=OuterRef("pk"), stars=5)
    return list(Nursery.objects.filter(Exists(some)))


# What no index should be advised for.


def strains(pk):
    """Children, and theirs."""
    family = Variety.objects.filter(Q(parent=pk) | Q(parent__parent=pk))
    return list(family.values_list("pk", "name"))


def species_like(text):
    return list(
        Species.objects.filter(Q(genus__istartswith=text) | Q(epithet__icontains=text)).order_by("genus")
    )


def latest_listed(nursery):
    return list(Variety.objects.filter(nursery=nursery).order_by("-pk")[:PER_PAGE])


def names_with(two):
    """What is typed first."""
    return list(Variety.objects.filter(name__icontains=two).values("name", "price", "code"))


def sitemap(page):
    return list(
        Variety.objects.current().order_by("pk").values_list("pk", "listed_at")[500 * (page - 1) : 500 * page]
    )


def code_of(nursery, code):
    return Variety.objects.get(nursery=nursery, code=code, retired_at=None)


def has_in(collection, variety):
    return CollectionItem.objects.filter(collection=collection, variety=variety).exists()


def stocked(grams):
    """Export of all but some."""
    return list(Lot.objects.filter(grams__lte=grams).values_list("number", "warehouse", "packed_on"))
