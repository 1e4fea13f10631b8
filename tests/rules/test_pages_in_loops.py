"""Loops over slices of a queryset: really run, edited to go on by key, and run again with the same rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.models import Product
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
    project.apply(fix)
    after = project.run(rules=RULES)
    assert after.result == before.result
    assert "deep-offset" not in after.rules
    assert after.queries <= before.queries
    return project.text.removeprefix(HEAD).strip("\n") + "\n"


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
        """def f(size=2):
    found = []
    for page in range(6):
        rows = Product.objects.order_by("-created", "name")[page * size : (page + 1) * size]
        found += [row.pk for row in rows]
    return found
""",
        """def f(size=2):
    found = []
    products = Product.objects.order_by("-created", "name", "pk")
    rest = products
    for _ in range(6):
        rows = list(rest[:size])
        if rows:
            last = rows[-1]
            rest = products.filter(Q(created__lt=last.created) | Q(created=last.created, name__gt=last.name) | Q(created=last.created, name=last.name, pk__gt=last.pk), created__lte=last.created)
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
        rest = products.filter(Q(created__gt=last.created) | Q(created=last.created, pk__gt=last.pk), created__gte=last.created)
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


@pytest.mark.parametrize("name", EDITED)
def test_a_loop_goes_on_behind_the_last_row(tmp_path: Path, name: str) -> None:
    before, after = EDITED[name]
    found = cured(tmp_path, before)
    print(found)
    if after is not None:
        assert found == after
