"""Writes in loops, really run: what is found, what it says, and that the edit writes the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from catalog.models import Brand, Category, Company, Product, Stock, Tag
from reviews.models import Review
from tests.capture.shop import add_products, add_reviews, add_tags
from tests.writes.running import run

pytestmark = pytest.mark.django_db

# Name, code, the fix, and how many queries are left with the edit; None where there is no edit.
FOUND: list[tuple[str, str, str, int | None]] = [
    (
        "a queryset that has a name",
        """
def job():
    products = Product.objects.order_by("pk")
    for product in products:
        product.price = product.price * 2
        product.save()
    return [product.price for product in products]
""",
        'Product.objects.bulk_update(products, ["price"])',
        2,
    ),
    (
        "a queryset in the head",
        """
def job():
    for p in Product.objects.order_by("pk"):
        p.price += 1
        p.name = p.name.upper()
        p.save()
""",
        'Product.objects.bulk_update(products, ["price", "name"])',
        2,
    ),
    (
        "update_fields",
        """
def job():
    for review in Review.objects.order_by("-created")[:25]:
        review.is_read = True
        review.save(update_fields=["is_read"])
""",
        'Review.objects.bulk_update(reviews, ["is_read"])',
        2,
    ),
    (
        "a save under a condition",
        """
def job():
    for product in Product.objects.all():
        if product.price > 1:
            product.price = 9
            product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        2,
    ),
    (
        "a list from outside",
        """
def reprice(products):
    for product in products:
        product.price = 3
        product.save(update_fields=["price"])

def job():
    reprice(iter(Product.objects.all()))
""",
        'Product.objects.bulk_update(changed, ["price"])',
        2,
    ),
    (
        "a method of the row that may change more",
        """
def touch(product):
    product.description = "x"

def job():
    for product in Product.objects.all():
        touch(product)
        product.save()
""",
        "",
        2,
    ),
    (
        "nested loops",
        """
def job():
    for brand in Brand.objects.prefetch_related("products"):
        for product in brand.products.all():
            product.price = 4
            product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        3,
    ),
    (
        "create as the whole body",
        """
def job():
    for name in ("a", "b", "c", "d"):
        Tag.objects.create(name=name, slug=name)
""",
        'Tag.objects.bulk_create([Tag(name=name, slug=name) for name in ("a", "b", "c", "d")])',
        1,
    ),
    (
        "create with more around",
        """
def job():
    for number in range(5):
        slug = f"s{number}"
        if number != 2:
            Tag.objects.create(name=slug.upper(), slug=slug)
""",
        "Tag.objects.bulk_create(tags)",
        1,
    ),
    (
        "create in a comprehension",
        """
def job():
    tags = [Tag.objects.create(name=name, slug=name) for name in "abcd"]
    return [tag.slug for tag in tags if tag.pk]
""",
        'Tag.objects.bulk_create([Tag(name=name, slug=name) for name in "abcd"])',
        1,
    ),
    (
        "new objects that are saved",
        """
def job():
    for name in "abcd":
        tag = Tag(name=name)
        tag.slug = name
        tag.save()
""",
        "Tag.objects.bulk_create(tags)",
        1,
    ),
    (
        "create of a related manager",
        """
def job():
    company = Company.objects.first()
    for name in "abcd":
        company.brands.create(name=name, slug=name)
""",
        'Brand.objects.bulk_create([Brand(company=company, name=name, slug=name) for name in "abcd"])',
        2,
    ),
    (
        "delete",
        """
def job():
    for stock in Stock.objects.filter(quantity=1):
        stock.delete()
""",
        "Stock.objects.filter(quantity=1).delete()",
        1,
    ),
    (
        "delete of a slice",
        """
def job():
    stocks = Stock.objects.all()[:4]
    for stock in stocks:
        stock.delete()
""",
        "Stock.objects.filter(pk__in=[stock.pk for stock in stocks]).delete()",
        None,
    ),
    (
        "rows that are linked",
        """
def job():
    product = Product.objects.first()
    tags = Tag.objects.all()
    for tag in tags:
        product.tags.add(tag)
""",
        "product.tags.add(*tags)",
        3,
    ),
    (
        "rows of many owners that are linked",
        """
def job():
    tag = Tag.objects.first()
    products = Product.objects.all()
    for product in products:
        product.tags.add(tag)
""",
        (
            "Product.tags.through.objects.bulk_create("
            "[Product.tags.through(product=product, tag=tag) for product in products], ignore_conflicts=True)"
        ),
        None,
    ),
    (
        "one update for each row",
        """
def job():
    ids = list(Product.objects.values_list("pk", flat=True))
    for pk in ids:
        Product.objects.filter(pk=pk).update(price=7)
""",
        "Product.objects.filter(pk__in=ids).update(price=7)",
        2,
    ),
    (
        "an update with a value of each row",
        """
def job():
    for number, product in enumerate(Product.objects.all()):
        Product.objects.filter(pk=product.pk).update(price=number)
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a delete for each row",
        """
def job():
    for product in Product.objects.all():
        Stock.objects.filter(product=product).delete()
""",
        "Stock.objects.filter(product__in=Product.objects.all()).delete()",
        1,
    ),
    (
        "get_or_create",
        """
def job():
    for name in "abcd":
        Tag.objects.get_or_create(slug=name, defaults={"name": name})
""",
        'Tag.objects.bulk_create([Tag(slug=name, name=name) for name in "abcd"], ignore_conflicts=True)',
        None,
    ),
    (
        "update_or_create",
        """
def job():
    for name in "abcd":
        Tag.objects.update_or_create(slug=name, defaults={"name": name})
""",
        (
            'Tag.objects.bulk_create([Tag(slug=name, name=name) for name in "abcd"], '
            'update_conflicts=True, unique_fields=["slug"], update_fields=["name"])'
        ),
        None,
    ),
    (
        "SQL of one's own",
        """
def job():
    with connection.cursor() as cursor:
        for number in range(4):
            cursor.execute("UPDATE catalog_tag SET name=%s WHERE slug=%s", [f"x{number}", f"tag-{number}"])
""",
        "cursor.executemany(sql, rows)",
        None,
    ),
    (
        "a helper that saves",
        """
def cheapen(product):
    product.price = 1
    product.save()

def job():
    products = Product.objects.all()
    for product in products:
        cheapen(product)
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a pair of row and value",
        """
def job():
    for product, price in zip(Product.objects.order_by("pk"), range(9)):
        product.price = price
        print(product)
        product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        2,
    ),
    (
        "a method of the model",
        """
class Shop:
    def __init__(self):
        self.products = list(Product.objects.all())

    def close(self):
        for product in self.products:
            product.is_active = False
            product.save()

def job():
    Shop().close()
""",
        'Product.objects.bulk_update(products, ["is_active"])',
        2,
    ),
    (
        "map()",
        """
def cheapen(product):
    product.price = 1
    product.save()

def job():
    list(map(cheapen, Product.objects.all()))
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a loop that looks the row up",
        """
def job():
    for pk in list(Product.objects.values_list("pk", flat=True)):
        product = Product.objects.get(pk=pk)
        product.price = 1
        product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "rows that are streamed",
        """
def job():
    for product in Product.objects.iterator():
        product.price = 1
        product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a loop that goes on behind the write",
        """
def job():
    for product in Product.objects.all():
        product.price = 1
        product.save()
        print(product.name)
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a result that is used",
        """
def job():
    for name in "abcd":
        brand = Brand.objects.create(name=name, slug=name, company=Company.objects.first())
        brand.name += "!"
""",
        "Brand.objects.bulk_create(brands)",
        None,
    ),
    (
        "values from a dictionary",
        """
def job():
    prices = {product.pk: product.pk % 7 for product in Product.objects.all()}
    for pk, price in prices.items():
        Product.objects.filter(pk=pk).update(price=price)
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "failures that are passed over",
        """
def job():
    for slug in ("a", "b", "tag-0", "c", "d"):
        try:
            with transaction.atomic():
                Tag.objects.create(name=slug, slug=slug)
        except Exception:
            continue
""",
        "Tag.objects.bulk_create(tags)",
        None,
    ),
    (
        "a list that is emptied",
        """
def job():
    waiting = list(Product.objects.all())
    while waiting:
        product = waiting.pop()
        product.price = 2
        product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a generator that saves",
        """
def saved(products):
    for product in products:
        product.price = 2
        product.save()
        yield product

def job():
    return len(list(saved(Product.objects.all())))
""",
        'Product.objects.bulk_update(products, ["price"])',
        None,
    ),
    (
        "a serializer of many",
        """
def job():
    from rest_framework import serializers

    class TagSerializer(serializers.ModelSerializer):
        class Meta:
            model = Tag
            fields = ["name", "slug"]

    serializer = TagSerializer(data=[{"name": name, "slug": name} for name in "abcd"], many=True)
    serializer.is_valid(raise_exception=True)
    serializer.save()
""",
        "Tag.objects.bulk_create(tags)",
        None,
    ),
    (
        "a link of many to many that is taken off",
        """
def job():
    product = Product.objects.first()
    for tag in list(product.tags.all()):
        product.tags.remove(tag)
""",
        "product.tags.remove(*list(product.tags.all()))",
        3,
    ),
    (
        "saves in an atomic block of a caller",
        """
def job():
    with transaction.atomic():
        for product in Product.objects.all():
            product.price = 5
            product.save()
""",
        'Product.objects.bulk_update(products, ["price"])',
        2,
    ),
]


@pytest.fixture(autouse=True)
def rows() -> None:
    products = add_products(5, stock=True)
    add_tags(products[:2], 4)
    add_reviews(products)


def state() -> list[Any]:
    """What the tables hold, without the primary keys."""
    return [
        sorted(map(str, found))
        for found in (
            Product.objects.values_list("slug", "name", "price", "description", "tags__slug"),
            Tag.objects.values_list("name", "slug"),
            Brand.objects.values_list("name", "slug", "company__name"),
            Category.objects.values_list("name", "slug"),
            Company.objects.values_list("name"),
            Stock.objects.values_list("product__slug", "quantity"),
            Review.objects.values_list("title", "is_read"),
        )
    ]


def rolled_back(folder: Any, code: str, **more: Any) -> tuple[Any, list[Any]]:
    """One run, and what it left in the tables."""
    with transaction.atomic():
        ran = run(folder, code, **more)
        after = state()
        transaction.set_rollback(True)
    return ran, after


@pytest.mark.parametrize(("code", "fix", "left"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_a_write_in_a_loop_is_found_and_its_edit_writes_the_same(tmp_path, code, fix, left):
    before, written = rolled_back(tmp_path, code)
    findings = [each for each in before.report.findings if each.rule == "write-in-loop"]
    assert findings, before.told
    finding = findings[0]
    assert finding.location.path == "shop/jobs.py"
    if fix:
        assert [each.fixes[0].code for each in findings] == [fix]
    if left is None:
        assert not any(each.fixes[0].edits for each in findings)
        assert all(each.fixes[0].caveat.startswith("No diff: ") for each in findings)
        return
    assert finding.fixes[0].diff, finding.fixes[0].caveat
    after, again = rolled_back(tmp_path, before.applied())
    assert again == written
    assert after.result == before.result
    assert after.queries == left
    assert after.told == []


SILENT = [
    (
        "lists of keys in batches",
        """
def job():
    ids = list(Product.objects.values_list("pk", flat=True)) * 3
    for at in range(0, len(ids), 3):
        Product.objects.filter(pk__in=ids[at : at + 3]).update(price=4)
    for at in range(0, len(ids), 3):
        Stock.objects.filter(product__in=ids[at : at + 3]).delete()
        Review.objects.filter(product__in=ids[at : at + 2]).delete()
""",
    ),
    (
        "ranges of keys",
        """
def job():
    first = Product.objects.order_by("pk").first().pk
    for at in range(first, first + 6, 2):
        Product.objects.filter(pk__gte=at, pk__lt=at + 2).update(price=4)
""",
    ),
    (
        "schemas of tenants",
        """
def job():
    for name in ("public", "public", "public"):
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {name}")
        Company.objects.create(name=name, country="FR")
""",
    ),
    (
        "one model after the other",
        """
def job():
    for model in (Tag, Category):
        for name in "ab":
            model.objects.create(name=name, slug=name)
""",
    ),
    (
        "bulk_create in batches",
        """
def job():
    Tag.objects.bulk_create([Tag(name=str(n), slug=str(n)) for n in range(40)], batch_size=5)
""",
    ),
    (
        "bulk_update in batches",
        """
def job():
    products = list(Product.objects.all())
    for product in products:
        product.price = 2
    Product.objects.bulk_update(products, ["price"], batch_size=1)
""",
    ),
    (
        "a queryset's delete with all that hangs on it",
        """
def job():
    Review.objects.all().delete()
    Product.objects.all().delete()
    Company.objects.all().delete()
""",
    ),
    (
        "one delete that cascades",
        """
def job():
    Category.objects.get(slug="all").delete()
""",
    ),
    (
        "a few writes of different models",
        """
def job():
    tag = Tag.objects.create(name="a", slug="a")
    company = Company.objects.create(name="c", country="FR")
    brand = Brand.objects.create(name="b", slug="b", company=company)
    brand.name = "c"
    brand.save()
    product = Product.objects.first()
    product.tags.add(tag)
    product.tags.set(Tag.objects.all())
    Tag.objects.get_or_create(slug="a")
""",
    ),
    (
        "two rows",
        """
def job():
    for product in Product.objects.all()[:2]:
        product.price = 1
        product.save()
""",
    ),
    (
        "the progress of one row",
        """
def job():
    product = Product.objects.first()
    for number in range(20):
        product.price = number
        product.save(update_fields=["price"])
""",
    ),
    (
        "a counter",
        """
def job():
    for number in range(20):
        number += 1
    Product.objects.filter(pk=1).update(price=F("price") + 1)
""",
    ),
    (
        "a worker that takes rows from a queue",
        """
def job():
    while True:
        with transaction.atomic():
            review = Review.objects.select_for_update(skip_locked=True).filter(is_read=False).first()
            if review is None:
                break
            review.is_read = True
            review.save()
""",
    ),
    (
        "a loop that asks for its next row",
        """
def job():
    while (review := Review.objects.filter(is_read=False).first()) is not None:
        review.is_read = True
        review.save()
""",
    ),
    (
        "rows that wait for something else",
        """
def job():
    for review in Review.objects.all():
        time.sleep(0.06)
        review.is_read = True
        review.save()
""",
    ),
    (
        "a retry",
        """
def job():
    for attempt in range(4):
        try:
            with transaction.atomic():
                Tag.objects.create(name="x", slug="tag-0" if attempt < 3 else "new")
            break
        except Exception:
            pass
""",
    ),
    (
        "a loop over ids that deletes in batches",
        """
def job():
    while Stock.objects.exists():
        Stock.objects.filter(pk__in=list(Stock.objects.values_list("pk", flat=True)[:2])).delete()
""",
    ),
    (
        "m2m.set of one object",
        """
def job():
    product = Product.objects.first()
    product.tags.set([])
    product.tags.set(Tag.objects.all())
    product.tags.clear()
    product.tags.add(*Tag.objects.all())
""",
    ),
    (
        "the same row looked up or created again and again",
        """
def job():
    for number in range(5):
        Tag.objects.get_or_create(slug="tag-0", defaults={"name": "x"})
""",
    ),
    (
        "formsets",
        """
def job():
    from django.forms import modelformset_factory
    made = modelformset_factory(Tag, fields=["name", "slug"], extra=4)
    data = {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "0"}
    for n in range(4):
        data |= {f"form-{n}-name": f"n{n}", f"form-{n}-slug": f"n{n}"}
    formset = made(data, queryset=Tag.objects.none())
    assert formset.is_valid(), formset.errors
    formset.save()
""",
    ),
]


@pytest.mark.parametrize("code", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_it_is_silent(tmp_path, code):
    ran = run(tmp_path, code)
    told = [each for each in ran.told if each[0] != "duplicate-query"]
    assert told == []


@pytest.mark.parametrize(
    "path",
    ["shop/migrations/0002_x.py", "shop/factories.py", "shop/tests/test_x.py", "seed_shop.py", "conftest.py"],
)
def test_it_is_silent_in_what_is_not_the_application(tmp_path, path):
    assert run(tmp_path, FOUND[0][1], path=path).told == []


def test_it_is_silent_in_a_test_method(tmp_path):
    code = FOUND[0][1].replace("def job", "def test_prices") + "\n\njob = test_prices\n"
    assert run(tmp_path, code).told == []


def test_the_line_that_writes_is_trigger_and_place(tmp_path):
    ran = run(tmp_path, FOUND[0][1])
    finding = ran.only("write-in-loop")
    assert finding.trigger.line == ran.line("product.save()")
    assert (finding.location.line, finding.location.end_line) == (
        ran.line("product.save()"),
        ran.line("product.save()"),
    )
    assert finding.message == "job saved 5 Product rows one by one, with 5 queries."
    assert finding.worst.avoidable_queries == 4
    assert finding.fixes[0].evidence.after.queries == 2


def test_a_form_that_saves_is_told_without_an_edit(tmp_path):
    code = """
def job():
    from django.forms import modelform_factory
    made = modelform_factory(Tag, fields=["name", "slug"])
    for name in "abcdefghijkl":
        form = made({"name": name, "slug": name})
        if form.is_valid():
            form.save()
"""
    ran = run(tmp_path, code)
    findings = [each for each in ran.report.findings if each.rule == "write-in-loop"]
    assert len(findings) == 1, ran.told
    [fix] = findings[0].fixes
    assert fix.code == "Tag.objects.bulk_create(tags)"
    assert not fix.edits
    assert "django.forms" in fix.caveat


@pytest.mark.django_db(transaction=True)
def test_threads_of_a_pool_are_silent(tmp_path):
    code = """
def save(pk):
    Product.objects.filter(pk=pk).update(price=2)
    connection.close()

def job():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(save, list(Product.objects.values_list("pk", flat=True))))
"""
    assert run(tmp_path, code).told == []


def test_tables_of_a_cache_are_silent(tmp_path, settings):
    from django.core.management import call_command

    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_rows"}
    }
    call_command("createcachetable", verbosity=0)
    code = """
def job():
    from django.core.cache import cache
    for number in range(5):
        cache.set(f"key-{number}", number)
"""
    assert "write-in-loop" not in dict(run(tmp_path, code).told)


def test_a_tree_that_is_saved_by_a_recursion_is_found(tmp_path):
    code = """
def save(names, parent=None):
    if names:
        category = Category.objects.create(name=names[0], slug=names[0], parent=parent)
        save(names[1:], category)

def job():
    save("abcd")
"""
    # Each call has a stack of its own: what a recursion writes is no loop at one place.
    assert run(tmp_path, code).told == []
