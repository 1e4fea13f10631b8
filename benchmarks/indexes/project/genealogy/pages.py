"""What the genealogy pages ask of the database."""

from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery
from hub.columns import Soundex

from genealogy.models import Person

DESCENDANTS = """
    WITH RECURSIVE line AS (
        SELECT * FROM genealogy_person WHERE id = %s
        UNION
        SELECT child.* FROM genealogy_person child JOIN line ON child.father_id = line.id
    )
    SELECT * FROM line
"""


def children_of_father(person):
    return list(Person.objects.filter(father_id=person))


def children_of(person):
    return list(Person.objects.filter(Q(father_id=person) | Q(mother_id=person)).order_by("born_on"))


def siblings(person):
    me = Person.objects.get(pk=person)
    return list(Person.objects.filter(mother_id=me.mother_id).exclude(pk=person))


def born_as(surname, begin, end):
    return list(Person.objects.filter(surname=surname, born_on__gte=begin, born_on__lt=end))


def sounds_like(name):
    return list(Person.objects.annotate(sound=Soundex("surname")).filter(sound=name))


def people_page(tree):
    people = Person.objects.filter(tree_id=tree).order_by("surname", "given_name", "id")
    return list(people[100:150])


def by_gedcom(tree, gedcom):
    return Person.objects.filter(tree_id=tree, gedcom_id=gedcom).first()


def descendants(person):
    return list(Person.objects.raw(DESCENDANTS, [person]))


def rare_surnames(first, second, third):
    return list(Person.objects.filter(surname__in=[first, second, third]))


def earliest(surname):
    return Person.objects.filter(surname=surname).aggregate(first=Min("born_on"))


def grandchildren(person):
    return list(Person.objects.filter(father__father_id=person))


def with_children(tree):
    children = Person.objects.filter(father=OuterRef("pk"))
    return list(Person.objects.filter(tree_id=tree).annotate(is_father=Exists(children)))


def born_in(place):
    return list(Person.objects.filter(birthplace__contains=place))


def oldest_living(tree):
    living = Person.objects.filter(tree_id=tree, living=True, born_on__isnull=False)
    return list(living.order_by("born_on")[:15])


def died_in(begin, end):
    return list(Person.objects.filter(died_on__gte=begin, died_on__lt=end).order_by("died_on"))


def full_name(surname, given):
    return list(Person.objects.filter(surname=surname, given_name=given).order_by("born_on"))


def surname_index(prefix):
    names = Person.objects.filter(surname__startswith=prefix).values("surname").annotate(count=Count("id"))
    return list(names.order_by("surname"))


def family(person):
    """Parents and children, each as one would."""
    me = Person.objects.get(pk=person)
    parents = Person.objects.filter(pk__in=[me.father_id, me.mother_id])
    return list(parents), list(Person.objects.filter(mother_id=person))


def near_places(text):
    return list(Person.objects.filter(birthplace__trigram_word_similar=text))


def parents_of_many(tree):
    """Fathers of a tree with the number of their children."""
    counted = Person.objects.filter(father=OuterRef("pk")).order_by().values("father")
    people = Person.objects.filter(tree_id=tree)
    return list(people.annotate(children=Subquery(counted.annotate(count=Count("id")).values("count"))))


def same_birthday(day):
    return list(Person.objects.filter(born_on=day).exclude(surname="Silva"))


def unknown_birth(surname):
    return list(Person.objects.filter(surname=surname, born_on=None))


# What no index should be advised for.


def dead():
    return Person.objects.filter(living=False).aggregate(first=Min("given_name"))


def silvas():
    return len(list(Person.objects.filter(surname="Silva").values_list("given_name", "birthplace")))


def in_order(tree):
    return list(Person.objects.filter(tree_id=tree).order_by("number")[:50])


def everybody_by_birth():
    return len(list(Person.objects.order_by("born_on").values_list("id", "surname", "birthplace")))


def latest_numbers(tree):
    return list(Person.objects.filter(tree_id=tree).order_by("-number")[:20])


def people_per_tree():
    return list(Person.objects.values("tree_id").annotate(count=Count("id"), born=Min("born_on")))
