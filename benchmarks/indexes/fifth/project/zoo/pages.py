"""A zoo: its animals, what they eat, how they are, and who comes to see them."""

from datetime import timedelta

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import transaction
from django.db.models import Avg, Count, DurationField, F, Func, Max, Min, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Now, RowNumber

from zoo.managers import child_of, constant, ends_with, get_or_none, unused
from zoo.models import Animal, Enclosure, Feeding, Keeper, Reading, Remark, Stay, Ticket, Treatment


def by_chip(chip):
    return get_or_none(Animal.objects.select_related("species"), chip=chip)


def offspring(parent):
    return list(Animal.objects.filter(child_of(parent)).order_by("born_on"))


def endangered(family):
    """The living of a family, of species that are nearly gone."""
    found = Animal.objects.living().filter(species__family=family, species__red_list="CR")
    return list(found.values("pk", "name", "species__latin"))


def diets(ids):
    """What each of some animals ate last."""
    meals = Feeding.objects.filter(animal=OuterRef("pk"), refused=False).order_by("-fed_at")
    last = Animal.objects.filter(pk__in=ids).annotate(food=Subquery(meals.values("food")[:1]))
    return dict(last.values_list("pk", "food"))


def refused_since(moment):
    found = Feeding.objects.filter(refused=True, fed_at__gte=moment)
    return list(found.order_by("fed_at").values_list("animal", "food", "fed_at"))


def round_of_keeper(keeper, begin, end):
    meals = Feeding.objects.filter(keeper=keeper, fed_at__range=(begin, end))
    return list(meals.values("food").annotate(grams=Sum("grams"), n=Count("pk")).order_by("-grams"))


def follow_ups(day):
    due = Treatment.objects.filter(follow_up_on__lte=day).select_related("animal").order_by("follow_up_on")
    return [(one.animal.name, one.drug, one.follow_up_on) for one in due[:100]]


def given(drug, since):
    """A column of the child and one of the parent."""
    return Treatment.objects.filter(drug=drug, written_at__gte=since).aggregate(
        n=Count("pk"), cost=Sum("cost")
    )


def remarks_on(animal):
    return list(Animal(pk=animal).remarks.order_by("-at")[:10])


def remarks_about(words):
    vector = SearchVector("body", config="english")
    found = Remark.objects.annotate(document=vector).filter(document=SearchQuery(words, config="english"))
    return list(found.values("pk", "body"))


def allergic_to(what):
    return list(Animal.objects.filter(attributes__diet__allergy=what).values_list("name", "enclosure"))


def in_studbook(book, number):
    return list(Animal.objects.filter(attributes__contains={"studbook": {"name": book, "no": number}}))


def away_between(begin, end, zoo_code):
    stays = Stay.objects.filter(period__overlap=(begin, end), zoo_code=zoo_code)
    return list(stays.values("animal", "period"))


def without_permit(year):
    """Stays that began in a year and nobody allowed."""
    stays = Stay.objects.filter(permit__isnull=True, period__startswith__year=year)
    return list(stays.values_list("animal", "zoo_code"))


def ticket_typed_in(code):
    return Ticket.objects.filter(code__iexact=code).first()


def ticket_ending(digits):
    """What is left of a wet ticket."""
    how = ends_with("code", digits)
    return list(Ticket.objects.annotate(**how["annotate"]).filter(how["filter"]).values("code", "sold_at"))


def unused_of_partners():
    return list(Ticket.objects.filter(unused()).order_by("sold_at")[:100])


def sales_feed(moment, after):
    """The page below a ticket that the caller has seen."""
    older = Ticket.objects.filter(sold_at__lte=moment).filter(Q(sold_at__lt=moment) | Q(pk__lt=after))
    return list(older.order_by("-sold_at", "-pk").values("pk", "code", "sold_at")[:50])


def ticket_sheet(page):
    begin = 50 * (page - 1)
    return list(Ticket.objects.order_by("sold_at")[begin : begin + 50])


def away_from(enclosure):
    """Who lives there, with stays and records."""
    found = Animal.objects.filter(enclosure=enclosure).prefetch_related("stays", "entries")
    return [(one.name, len(one.stays.all()), len(one.entries.all())) for one in found]


def curve(probe, begin, end):
    found = Reading.objects.filter(probe=probe, at__gte=begin, at__lt=end).order_by("at")
    return list(found.values_list("at", "celsius"))


def birthdays(day):
    return list(Animal.objects.with_birthday(day).values("name", "born_on"))


def named(prefix):
    return list(
        Animal.objects.filter(name__startswith=prefix).order_by("name").values_list("pk", "name")[:20]
    )


def forget_remarks(before, dry_run=True):
    with transaction.atomic():
        gone, _ = Remark.objects.filter(at__lt=before).delete()
        transaction.set_rollback(dry_run)
    return gone


def heaviest_meals(animal):
    """The three biggest of each food."""
    place = Window(RowNumber(), partition_by="food", order_by=F("grams").desc())
    return list(Feeding.objects.filter(animal=animal).annotate(place=place).filter(place__lte=3))


def first_and_last_fed(keeper, food):
    found = Feeding.objects.filter(keeper=keeper, food=food)
    return found.aggregate(first=Min("fed_at"), last=Max("fed_at"))


def dossier(animal):
    """All that happened to it, by one query."""
    meals = Feeding.objects.filter(animal=animal, refused=True)
    away = Stay.objects.filter(animal=animal)
    events = (
        meals.annotate(what=constant("refused"))
        .values_list("pk", "what")
        .union(
            away.annotate(what=constant("away")).values_list("pk", "what"),
            Treatment.objects.filter(animal=animal).annotate(what=constant("vet")).values_list("pk", "what"),
            all=True,
        )
    )
    return list(events)


# What no index should be advised for.


def enclosures_of(zone):
    return list(Enclosure.objects.filter(zone=zone, is_indoor=True).order_by("name"))


def census():
    living = Animal.objects.living().values("species__red_list")
    return list(
        living.annotate(
            n=Count("pk"), kg=Sum("weight"), oldest=Min("born_on"), name=Max("name"), chip=Max("chip")
        ).order_by("-n")
    )


def animal_card(pk):
    return get_or_none(Animal.objects.select_related("species", "enclosure", "mother", "father"), pk=pk)


def food_report():
    foods = Feeding.objects.values("food").annotate(grams=Avg("grams"), keepers=Count("keeper"))
    return list(foods.annotate(last=Max("fed_at"), comments=Max("comment")).order_by("food"))


def aged_tickets(days):
    age = Func(Now(), F("sold_at"), function="AGE", output_field=DurationField())
    old = Ticket.objects.annotate(age=age).filter(age__gt=timedelta(days=days))
    return old.aggregate(n=Count("email"), people=Sum("party_size"))


def remarks_with(letters):
    return Remark.objects.filter(body__icontains=letters).count()


def ticket_scanned(code):
    return Ticket.objects.filter(code=code, used_at=None).first()


def newest_treatments(page):
    return list(Treatment.objects.order_by("-pk").select_related("animal")[25 * (page - 1) : 25 * page])


def clock_in(keeper):
    return Keeper.objects.filter(pk=keeper).update(last_seen=Now())


def residents(enclosure, sex):
    """Eighty animals, by the foreign key that has an index."""
    return list(Animal.objects.living().filter(enclosure=enclosure, sex=sex).order_by("name"))
