"""Loops over slices of a queryset: really run, edited to go on by key, and run again with the same rows."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Product
from queryscope.fixes.wrapping import wrapped
from queryscope.verify import choose_edits
from tests.capture.shop import NOW, add_products, add_reviews, add_tags
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db
RULES = {"deep-offset": {"min_offset": 2}}


@pytest.fixture(autouse=True)
def shop() -> None:
    products = add_products(11)
    add_tags(products[:4], 3)
    add_reviews(products, comments=1)
    for number, product in enumerate(products):  # some side by side
        product.price = number % 3
        product.created = NOW + timedelta(days=number % 4)
        product.save()


HEAD = """\
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, Q

from catalog.models import Product
from reviews.models import Review


"""


def ran(folder: Path, text: str) -> tuple[Project, Ran]:
    project = Project(folder, HEAD + text)
    return project, project.run(rules=RULES)


def cured(folder: Path, text: str) -> str:
    """The text of the function after its edit, which gave the same and is asked for nothing more."""
    project, before = ran(folder, text)
    finding = before.of("deep-offset")
    [fix] = finding.fixes
    assert fix.diff, fix.caveat
    assert before.result
    assert choose_edits([fix])[0] == (fix,)
    project.apply(fix)
    after = project.run(rules=RULES)
    assert after.result == before.result
    assert "deep-offset" not in after.rules
    assert after.queries <= before.queries
    return wrapped(HEAD + text, project.text, 88).removeprefix(HEAD).strip("\n") + "\n"


EDITED = {
    "a range over a variable": (
        """def f():
    products = Product.objects.filter(is_active=True).order_by("-pk")
    found = []
    for start in range(0, products.count(), 3):
        batch = products[start : start + 3]
        found.append([each.name for each in batch])
    return found
""",
        """def f():
    products = Product.objects.filter(is_active=True).order_by("-pk")
    found = []
    rest = products
    for _ in range(0, products.count(), 3):
        batch = list(rest[:3])
        if batch:
            rest = products.filter(pk__lt=batch[-1].pk)
        found.append([each.name for each in batch])
    return found
""",
    ),
    "a chain in the loop": (
        """def f():
    found = []
    for start in range(0, 20, 4):
        for product in Product.objects.order_by("pk")[start : start + 4]:
            found.append((start, product.name))
    return found
""",
        """def f():
    found = []
    products = Product.objects.order_by("pk")
    rest = products
    for start in range(0, 20, 4):
        batch = list(rest[:4])
        if batch:
            rest = products.filter(pk__gt=batch[-1].pk)
        for product in batch:
            found.append((start, product.name))
    return found
""",
    ),
    "numbered pages of several keys": (
        """def f(n=2):
    found = []
    for page in range(6):
        rows = Product.objects.order_by("-price", "name")[page * n : (page + 1) * n]
        found += [row.pk for row in rows]
    return found
""",
        """def f(n=2):
    found = []
    products = Product.objects.order_by("-price", "name", "pk")
    rest = products
    for _ in range(6):
        rows = list(rest[:n])
        if rows:
            last = rows[-1]
            rest = products.filter(
                Q(price__lt=last.price)
                | Q(price=last.price, name__gt=last.name)
                | Q(price=last.price, name=last.name, pk__gt=last.pk),
                price__lte=last.price,
            )
        found += [row.pk for row in rows]
    return found
""",
    ),
    "until nothing comes": (
        """def f():
    offset, size = 0, 4
    found = []
    while True:
        batch = list(Product.objects.select_related("brand").order_by("pk")[offset : offset + size])
        if not batch:
            break
        found += [product.brand.name for product in batch]
        offset += size
    return found
""",
        None,
    ),
    "a counter of its own": (
        """def f():
    size = 4
    offset = 0
    found = []
    while True:
        batch = list(Product.objects.select_related("brand").order_by("pk")[offset : offset + size])
        if not batch:
            break
        found += [product.brand.name for product in batch]
        offset += len(batch)
    return found
""",
        """def f():
    size = 4
    found = []
    products = Product.objects.select_related("brand").order_by("pk")
    rest = products
    while True:
        batch = list(rest[:size])
        if not batch:
            break
        rest = products.filter(pk__gt=batch[-1].pk)
        found += [product.brand.name for product in batch]
    return found
""",
    ),
    "while there are some": (
        """def f():
    products = Product.objects.all()
    at, found = 0, []
    while rows := list(products[at : at + 5]):
        found.append(sorted(row.name for row in rows))
        at = at + 5
    return len(found), sorted(sum(found, []))
""",
        None,
    ),
    "while rows come": (
        """def f():
    products = Product.objects.order_by("created")
    at = 0
    found = []
    while rows := list(products[at : at + 5]):
        found.append([row.created for row in rows])
        at = at + 5
    return found
""",
        """def f():
    products = Product.objects.order_by("created", "pk")
    found = []
    rest = products
    while rows := list(rest[:5]):
        last = rows[-1]
        rest = products.filter(
            Q(created__gt=last.created) | Q(created=last.created, pk__gt=last.pk),
            created__gte=last.created,
        )
        found.append([row.created for row in rows])
    return found
""",
    ),
    "no order, and a bound": (
        """def f(size=3):
    found = []
    total = Product.objects.count()
    for start in range(0, total, size):
        end = min(start + size, total)
        with transaction.atomic():
            found.extend(p.pk for p in Product.objects.filter(Q(is_active=True))[start:end])
    return sorted(found)
""",
        """def f(size=3):
    found = []
    total = Product.objects.count()
    products = Product.objects.filter(Q(is_active=True)).order_by("pk")
    rest = products
    for start in range(0, total, size):
        end = min(start + size, total)
        with transaction.atomic():
            batch = list(rest[: min(size, total - start)])
            if batch:
                rest = products.filter(pk__gt=batch[-1].pk)
            found.extend(p.pk for p in batch)
    return sorted(found)
""",
    ),
    "pages of a paginator": (
        """def f():
    paginator = Paginator(Product.objects.filter(is_active=True).order_by("-pk"), per_page=4)
    found = []
    for number in paginator.page_range:
        page = paginator.page(number)
        found += [(number, product.name) for product in page.object_list]
        found.append(len(page))
    return found
""",
        """def f():
    products = Product.objects.filter(is_active=True).order_by("-pk")
    paginator = Paginator(products, per_page=4)
    found = []
    rest = products
    for number in paginator.page_range:
        page = list(rest[:4])
        if page:
            rest = products.filter(pk__lt=page[-1].pk)
        found += [(number, product.name) for product in page]
        found.append(len(page))
    return found
""",
    ),
    "a bar shows how far it is": (
        """def track(rounds, description):
    yield from rounds


def f(size=4):
    found = []
    for start in track(range(0, Product.objects.count(), size), description="Products"):
        found.extend(Product.objects.order_by("slug")[start : start + size])
    return found
""",
        """def track(rounds, description):
    yield from rounds


def f(size=4):
    found = []
    products = Product.objects.order_by("slug")
    rest = products
    for _ in track(range(0, Product.objects.count(), size), description="Products"):
        batch = list(rest[:size])
        if batch:
            rest = products.filter(slug__gt=batch[-1].slug)
        found.extend(batch)
    return found
""",
    ),
    "a command's option": (
        """def f(**options):
    options.setdefault("size", 4)
    found = []
    for start in range(0, 12, options["size"]):
        found.extend(Product.objects.order_by("slug")[start : start + options["size"]])
    return found
""",
        """def f(**options):
    options.setdefault("size", 4)
    found = []
    products = Product.objects.order_by("slug")
    rest = products
    for _ in range(0, 12, options["size"]):
        batch = list(rest[: options["size"]])
        if batch:
            rest = products.filter(slug__gt=batch[-1].slug)
        found.extend(batch)
    return found
""",
    ),
    "pages without an order": (
        """def f(size=3):
    products = Product.objects.filter(is_active=True)
    paginator = Paginator(products, size)
    found = []
    for number in range(1, paginator.num_pages + 1):
        for product in paginator.get_page(number):
            found.append(product.name)
    return sorted(found)
""",
        """def f(size=3):
    products = Product.objects.filter(is_active=True)
    paginator = Paginator(products, size)
    found = []
    products = products.order_by("pk")
    rest = products
    for _ in range(1, paginator.num_pages + 1):
        batch = list(rest[: paginator.per_page])
        if batch:
            rest = products.filter(pk__gt=batch[-1].pk)
        for product in batch:
            found.append(product.name)
    return sorted(found)
""",
    ),
    "rows that are given out": (
        """def rows():
    products = Product.objects.order_by("pk")
    for start in range(0, 12, 5):
        yield from products[start : start + 5]


def f():
    return [product.pk for product in rows()]
""",
        """def rows():
    products = Product.objects.order_by("pk")
    rest = products
    for _ in range(0, 12, 5):
        batch = list(rest[:5])
        if batch:
            rest = products.filter(pk__gt=batch[-1].pk)
        yield from batch


def f():
    return [product.pk for product in rows()]
""",
    ),
    "another use of the variable": (
        """def f(active=True):
    products = Product.objects.select_related("brand").order_by("pk")
    if active:
        products = products.filter(brand__company__country="FR", is_active=True)
    newest = products.order_by("-created").first()
    found = [newest.pk]
    for start in range(0, 12, 5):
        for product in products[start : start + 5]:
            found.append(product.brand.name)
            if product.name == "nobody's":
                found.clear()
    return found
""",
        """def f(active=True):
    products = Product.objects.select_related("brand").order_by("pk")
    if active:
        products = products.filter(brand__company__country="FR", is_active=True)
    newest = products.order_by("-created").first()
    found = [newest.pk]
    rest = products
    for _ in range(0, 12, 5):
        batch = list(rest[:5])
        if batch:
            rest = products.filter(pk__gt=batch[-1].pk)
        for product in batch:
            found.append(product.brand.name)
            if product.name == "nobody's":
                found.clear()
    return found
""",
    ),
    "rows that are saved": (
        """def f():
    for start in range(0, 11, 2):
        for product in Product.objects.order_by("pk")[start : start + 2]:
            product.price += 1
            product.save()
    return [product.pk for product in Product.objects.order_by("pk")]
""",
        """def f():
    products = Product.objects.order_by("pk")
    rest = products
    for _ in range(0, 11, 2):
        batch = list(rest[:2])
        if batch:
            rest = products.filter(pk__gt=batch[-1].pk)
        for product in batch:
            product.price += 1
            product.save()
    return [product.pk for product in Product.objects.order_by("pk")]
""",
    ),
}


@pytest.mark.filterwarnings("ignore::django.core.paginator.UnorderedObjectListWarning")
@pytest.mark.parametrize("name", EDITED)
def test_a_loop_goes_on_behind_the_last_row(tmp_path: Path, name: str) -> None:
    before, after = EDITED[name]
    found = cured(tmp_path, before)
    if after is not None:
        assert found == after


CHANGED = "the loop changes which rows there are"
# What stands in the way of an edit, and what is said of it.
KEPT = {
    "rows are deleted": (
        """def f():
    for start in range(0, 11, 2):
        for product in Product.objects.order_by("pk")[start : start + 2]:
            product.delete()
""",
        CHANGED,
    ),
    "what chooses the rows is saved": (
        """def f():
    for start in range(0, 8, 2):
        for product in Product.objects.filter(is_active=True).order_by("pk")[start : start + 2]:
            product.is_active = False
            product.save(update_fields=["is_active"])
""",
        CHANGED,
    ),
    "what the rows are sorted by is saved": (
        """def f():
    for start in range(0, 8, 2):
        for product in Product.objects.order_by("price", "pk")[start : start + 2]:
            Product.objects.filter(pk=product.pk).update(price=7)
""",
        CHANGED,
    ),
    "rows are taken from a list that grows": (
        """def f():
    seen = []
    products = Product.objects.exclude(pk__in=seen).order_by("pk")
    for start in range(0, 8, 2):
        for product in products[start : start + 2]:
            seen.append(product.pk)
    return seen
""",
        "seen, by which the rows are chosen, may change",
    ),
    "a key may be NULL": (
        """def f():
    return [[p.pk for p in Product.objects.order_by("search", "pk")[at : at + 3]] for at in range(0, 9, 3)]
""",
        "by no plain loop",
    ),
    "a key may be NULL in a loop": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.order_by("search", "pk")[at : at + 3])
""",
        "search may be NULL",
    ),
    "sorted by other rows": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.order_by("brand__name", "pk")[at : at + 3])
""",
        "sorted by columns of other rows",
    ),
    "sorted by an expression": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.order_by(F("price") + 1, "pk")[at : at + 3])
""",
        "no list of columns",
    ),
    "rows are dictionaries": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.order_by("pk").values("name")[at : at + 3])
""",
        "no instances",
    ),
    "a key isn't loaded": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.only("price").order_by("name", "pk")[at : at + 3])
""",
        "isn't loaded",
    ),
    "a round goes on before": (
        """def f():
    for at in range(0, 9, 3):
        if at == 3:
            continue
        list(Product.objects.order_by("pk")[at : at + 3])
""",
        "not every round",
    ),
    "a round asks if": (
        """def f():
    for at in range(0, 9, 3):
        if at != 3:
            list(Product.objects.order_by("pk")[at : at + 3])
""",
        "not every round",
    ),
    "a round may fail": (
        """def f():
    for at in range(0, 9, 3):
        try:
            list(Product.objects.order_by("pk")[at : at + 3])
        except ValueError:
            pass
""",
        "not every round",
    ),
    "slices lie apart": (
        """def f():
    for at in range(0, 9, 4):
        list(Product.objects.order_by("pk")[at : at + 3])
""",
        "doesn't begin where",
    ),
    "slices lie upon each other": (
        """def f():
    for page in range(4):
        list(Product.objects.order_by("pk")[page * 2 : page * 2 + 3])
""",
        "doesn't begin where",
    ),
    "slices of two kinds": (
        """def f():
    products = Product.objects.order_by("pk")
    for at in range(0, 9, 3):
        print(list(products[at : at + 3]), list(products[at + 3 : at + 4]))
""",
        "at several places",
    ),
    "the slice is used as a queryset": (
        """def f():
    for at in range(0, 9, 3):
        batch = Product.objects.order_by("pk")[at : at + 3]
        print(batch.count(), list(batch))
""",
        "used as a queryset",
    ),
    "the slice is handed on": (
        """def g(rows):
    return list(rows)


def f():
    for at in range(0, 9, 3):
        g(Product.objects.order_by("pk")[at : at + 3])
""",
        "handed on",
    ),
    "the queryset changes": (
        """def f():
    for at in range(0, 9, 3):
        products = Product.objects.order_by("pk")
        list(products[at : at + 3])
""",
        "made anew",
    ),
    "the queryset is of the round": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.filter(price__lt=at + 3).order_by("pk")[at : at + 3])
""",
        "made anew",
    ),
    "a slice of a slice": (
        """def f():
    products = Product.objects.order_by("pk")[:8]
    for at in range(0, 9, 3):
        list(products[at : at + 3])
""",
        "",
    ),
    "the other way round": (
        """def f():
    products = Product.objects.order_by("pk").reverse()
    for at in range(0, 9, 3):
        list(products[at : at + 3])
""",
        "turned round",
    ),
    "a join gives rows twice": (
        """def f():
    for at in range(0, 9, 3):
        list(Product.objects.filter(reviews__rating__gte=0).order_by("pk")[at : at + 3])
""",
        "several times",
    ),
    "the counter may stay": (
        """def f():
    at = 0
    while at < 9:
        for product in Product.objects.order_by("pk")[at : at + 3]:
            pass
        if product:
            at += 3
""",
        "how the loop counts",
    ),
    "the counter is an argument's part": (
        """def f(size=[3]):
    for at in range(0, 9, 3):
        list(Product.objects.order_by("pk")[at : at + len(size)])
""",
        "in its own way",
    ),
    "the size is changed": (
        """def f():
    sizes = {"n": 3}
    for at in range(0, 9, sizes["n"]):
        list(Product.objects.order_by("pk")[at : at + sizes["n"]])
        sizes["n"] = 2
""",
        "sizes may change",
    ),
    "the size grows": (
        """def f():
    at, size = 0, 2
    while at < 9:
        list(Product.objects.order_by("pk")[at : at + size])
        at += size
        size += 1
""",
        "size may change",
    ),
    "all on one line": (
        """def f():
    at, found = -3, []
    while rows := list(Product.objects.order_by("pk")[(at := at + 3) : at + 3]): found += rows
""",
        "how the loop counts",
    ),
    "a line for two": (
        """def f():
    for at in range(0, 9, 3): list(Product.objects.order_by("pk")[at : at + 3])
""",
        "shares its line",
    ),
    "within a text": (
        """def f():
    for at in range(0, 9, 3):
        print(f"{list(Product.objects.order_by('pk')[at : at + 3])}")
""",
        "",
    ),
    "grouped": (
        """from django.db.models import Count


def f():
    for at in range(0, 9, 3):
        list(Product.objects.annotate(n=Count("reviews")).order_by("pk")[at : at + 3])
""",
        "grouped",
    ),
    "numbered in the statement": (
        """from django.db.models import Window
from django.db.models.functions import RowNumber


def f():
    for at in range(0, 9, 3):
        list(Product.objects.annotate(n=Window(RowNumber())).order_by("pk")[at : at + 3])
""",
        "grouped",
    ),
    "locked": (
        """def f():
    with transaction.atomic():
        for at in range(0, 9, 3):
            list(Product.objects.select_for_update().order_by("pk")[at : at + 3])
""",
        "locked",
    ),
    "pages with orphans": (
        """def f():
    paginator = Paginator(Product.objects.order_by("pk"), 3, 1)
    for number in paginator.page_range:
        list(paginator.page(number))
""",
        "whoever asks",
    ),
    "a page is asked for its number": (
        """def f():
    paginator = Paginator(Product.objects.order_by("pk"), 3)
    for number in paginator.page_range:
        page = paginator.page(number)
        print(page.number, list(page))
""",
        "for something else",
    ),
    "pages from a later one on": (
        """def f():
    paginator = Paginator(Product.objects.order_by("pk"), 3)
    for number in range(2, paginator.num_pages + 1):
        list(paginator.page(number))
""",
        "all pages",
    ),
    "pages are left out": (
        """def f():
    paginator = Paginator(Product.objects.order_by("pk"), 3)
    for number in paginator.page_range:
        if number % 2:
            list(paginator.page(number))
""",
        "not every round",
    ),
    "rows are given out, and go": (
        """def rows():
    products = Product.objects.order_by("pk")
    for start in range(0, 12, 3):
        yield from products[start : start + 3]


def f():
    for product in rows():
        Product.objects.filter(pk=product.pk + 1).delete()
""",
        CHANGED,
    ),
    "the order comes from outside": (
        """def f(sort="pk"):
    for at in range(0, 9, 3):
        list(Product.objects.order_by(sort)[at : at + 3])
""",
        "another one in the next run",
    ),
    "the order is given in a branch": (
        """def f(by_name=False):
    products = Product.objects.order_by("pk")
    if by_name:
        products = products.order_by("name")
    for at in range(0, 9, 3):
        list(products[at : at + 3])
""",
        "order_by() is called in some runs only",
    ),
    "a join in a branch": (
        """def f(tag=""):
    products = Product.objects.order_by("pk")
    if tag:
        products = products.filter(tags__name=tag)
    for at in range(0, 9, 3):
        list(products[at : at + 3])
""",
        "several times",
    ),
    "conditions from elsewhere": (
        """def f(**more):
    for at in range(0, 9, 3):
        list(Product.objects.filter(**more).order_by("pk")[at : at + 3])
""",
        "several times",
    ),
    "a branch of the loop saves": (
        """def f():
    for at in range(0, 8, 3):
        for product in Product.objects.filter(is_active=True).order_by("pk")[at : at + 3]:
            if product.name == "nobody's":
                product.is_active = False
                product.save()
""",
        "no run has shown",
    ),
    "a page from outside": (
        """def f(page=3):
    return list(Product.objects.order_by("pk")[(page - 1) * 3 : page * 3])
""",
        "whoever asks for a page",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_might_give_other_rows_is_told_without_an_edit(tmp_path: Path, name: str) -> None:
    text, reason = KEPT[name]
    _, run = ran(tmp_path, text)
    told = [fix for each in run.findings if each.rule == "deep-offset" for fix in each.fixes]
    assert told, run.told
    for fix in told:
        assert not fix.edits
        assert fix.caveat.startswith("No diff: ")
        assert reason in fix.caveat


def test_the_order_of_rows_side_by_side_is_told(tmp_path: Path) -> None:
    text, _ = EDITED["while rows come"]
    [fix] = ran(tmp_path, text)[1].of("deep-offset").fixes
    assert fix.caveat == (
        "Rows that the order leaves side by side come by their primary key then, each in one slice."
    )
    assert fix.code == (
        "rest = products.filter(Q(created__gt=last.created) | Q(created=last.created, pk__gt=last.pk), "
        "created__gte=last.created)"
    )
    text, _ = EDITED["a range over a variable"]
    assert ran(tmp_path, text)[1].of("deep-offset").fixes[0].caveat == ""


def test_long_lines_are_laid_out(tmp_path: Path) -> None:
    text, _ = EDITED["while rows come"]
    [fix] = ran(tmp_path, text)[1].of("deep-offset").fixes
    assert (
        """\
+        rest = products.filter(
+            Q(created__gt=last.created) | Q(created=last.created, pk__gt=last.pk),
+            created__gte=last.created,
+        )
"""
        in fix.diff
    )


def test_a_loop_that_begins_further_on_keeps_where(tmp_path: Path) -> None:
    project, before = ran(
        tmp_path,
        """def f():
    found = []
    for start in range(3, 9, 2):
        found += Product.objects.order_by("pk")[start : start + 2]
    return found
""",
    )
    [fix] = before.of("deep-offset").fixes
    project.apply(fix)
    assert (
        "    rest = products[3:]\n    for _ in range(3, 9, 2):\n        batch = list(rest[:2])\n"
        in project.text
    )
    after = project.run(rules=RULES)
    assert after.result == before.result
    assert all(not fix.edits for each in after.findings for fix in each.fixes)


ORDERS = [
    '"-price", "created"',
    '"created", "-name"',
    '"-is_active", "-price", "name"',
    '"-pk"',
    '"slug"',
    '"brand_id", "-name"',
]


@pytest.mark.parametrize("order", ORDERS)
def test_rows_of_chance_come_in_the_same_slices(tmp_path: Path, order: str) -> None:
    """Whatever lies side by side, and however long the slices are."""
    chance = random.Random(order)
    text = f"""def f(size=2):
    found = []
    for start in range(0, 24, size):
        found.append([each.pk for each in Product.objects.order_by({order})[start : start + size]])
    return found
"""
    project, before = ran(tmp_path, text)
    project.apply(before.of("deep-offset").fixes[0])
    sorted_text = text.replace(
        order, order if order in ('"-pk"', '"slug"') else f'{order}, "{_last(order)}pk"'
    )
    (tmp_path / "sorted").mkdir()
    other = Project(tmp_path / "sorted", HEAD + sorted_text)
    for _ in range(12):
        for product in Product.objects.all():
            product.price = chance.choice([0, 1, 2])
            product.is_active = chance.random() < 0.5
            product.created = NOW + timedelta(microseconds=chance.randrange(4))
            product.save()
        size = chance.randrange(1, 9)
        assert project.run(size).result == other.run(size).result


def _last(order: str) -> str:
    return "-" if order.split(", ")[-1].startswith('"-') else ""


BASES = [
    ("", "Product.objects.select_related('brand'){order}"),
    ("    products = Product.objects.exclude(name='nobody'){order}\n", "products"),
    (
        """    products = Product.objects.all(){order}
    if size > 3:
        products = products.filter(is_active=True)
""",
        "products",
    ),
]
SORTED = ["", '.order_by("-pk")', '.order_by("-price", "name")', '.order_by("created", "-price", "slug")']
# The loop, its slice and, of a `while`, what moves it on.
COUNTED = [
    ("for at in range(0, 14, size):", "[at : at + size]", ""),
    ("for page in range(9):", "[size * page : size * (page + 1)]", ""),
    ("for page in range(1, 9):", "[(page - 1) * size : page * size]", ""),
    ("at = 0\n    while at < 12:", "[at : at + size]", "at += size"),
    ("at, left = 0, 9\n    while left:", "[at : size + at]", "left -= 1\n        at = size + at"),
]
FETCHED = [
    "batch = {rows}\n        found.append([each.name for each in batch])",
    "batch = list({rows})\n        found.append([each.name for each in batch])\n        batch.clear()",
    "for each in {rows}:\n            found.append(each.name)",
    "found.extend((number, each.name) for number, each in enumerate({rows}))",
    "found += [each.name for each in list({rows})]",
]


@pytest.mark.parametrize("counted", range(len(COUNTED)))
@pytest.mark.parametrize("fetched", range(len(FETCHED)))
def test_every_way_to_write_such_a_loop_gives_the_same_rows(
    tmp_path: Path, counted: int, fetched: int
) -> None:
    """Each loop with each way to fetch, over one queryset and one order after the other."""
    head, cut, moved = COUNTED[counted]
    opening, base = BASES[(counted + fetched) % len(BASES)]
    order = SORTED[(counted + 2 * fetched) % len(SORTED)]
    rows = base + cut
    body = f"    {head}\n        {FETCHED[fetched]}\n        {moved}\n    return found\n"
    text = f"def f(size=2):\n    found = []\n{opening}{body}"
    text = text.replace("{rows}", rows).replace("{order}", order)
    project, before = ran(tmp_path, text)
    results = [project.run(size).result for size in (1, 3, 4, 20)]
    [fix] = before.of("deep-offset").fixes
    assert fix.edits, (text, fix.caveat)
    project.apply(fix)
    after = [project.run(size).result for size in (1, 3, 4, 20)]
    if order:
        assert after == results
    for one, other in zip(results, after, strict=True):  # without an order some other rows, each once
        assert len(_flat(one)) == len(_flat(other)) == len(set(_flat(other)))
    fixes = [fix for each in project.run(rules=RULES).findings for fix in each.fixes]
    assert not [fix for fix in fixes if fix.edits and fix.kinds == ("keyset",)]


def _flat(rows: list[Any]) -> list[Any]:
    flat = [one for each in rows for one in (each if isinstance(each, list) else [each])]
    return [each[1] if isinstance(each, tuple) else each for each in flat]


def test_slices_of_chosen_rows_are_no_look_ups(tmp_path: Path) -> None:
    text, _ = EDITED["a range over a variable"]
    assert ran(tmp_path, text)[1].rules == ["deep-offset"]


def test_what_the_rows_need_besides_is_edited_with_it(tmp_path: Path) -> None:
    project, before = ran(
        tmp_path,
        """def f():
    found = []
    products = Product.objects.order_by("pk")
    for start in range(0, 12, 3):
        for product in products[start : start + 3]:
            found.append(product.brand.name)
    return found
""",
    )
    assert sorted(before.rules) == ["deep-offset", "n-plus-one"]
    project.apply(*before.findings)
    after = project.run(rules=RULES)
    assert after.result == before.result
    assert after.rules == []
