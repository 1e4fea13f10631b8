"""One edit, one finding: branches, pairs and helpers in one loop, and rows that no bulk method writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from catalog.models import Brand, Category, Product, Tag
from tests.capture.shop import add_products, add_tags
from tests.writes.running import run

commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows(db: None) -> None:
    add_tags(add_products(6), 2)


BRANCHES = """
def job():
    for number in range(8):
        if number % 2:
            Tag.objects.create(name=f"odd {number}", slug=f"odd-{number}")
        else:
            Tag.objects.create(name=f"even {number}", slug=f"even-{number}")
"""


@pytest.mark.django_db
def test_branches_that_create_rows_of_one_model_are_one_finding_with_one_edit(tmp_path):
    ran = run(tmp_path, BRANCHES)
    finding = ran.only("write-in-loop")
    assert finding.message == "job created 8 Tag rows one by one, with 8 queries."
    assert finding.location.line == ran.line("even {number}")  # which ran first
    text = ran.applied()
    assert text.count("tags = []") == text.count("Tag.objects.bulk_create(tags)") == 1
    before = list(Tag.objects.values_list("name", "slug").order_by("pk"))
    Tag.objects.all().delete()
    after = run(tmp_path, text)
    assert after.told == []
    assert after.queries == 1
    assert list(Tag.objects.values_list("name", "slug").order_by("pk")) == before


def test_branches_that_save_are_one_edit_too(tmp_path, rows):
    code = """
def job():
    for product in Product.objects.order_by("pk"):
        if product.price % 2:
            product.price = 40
            product.save()
        else:
            product.description = "even"
            product.save()
"""
    ran = run(tmp_path, code)
    fix = ran.only("write-in-loop").fixes[0]
    assert fix.code == 'Product.objects.bulk_update(products, ["price", "description"])'
    before = list(Product.objects.values_list("price", "description").order_by("pk"))
    text = ran.applied()
    for number, product in enumerate(Product.objects.order_by("pk")):
        Product.objects.filter(pk=product.pk).update(price=number, description="")
    after = run(tmp_path, text)
    assert after.told == []
    assert after.queries == 2
    assert list(Product.objects.values_list("price", "description").order_by("pk")) == before


def test_branches_whose_edits_do_not_fit_together_are_told_without_one(tmp_path, rows):
    code = """
def job():
    for product in Product.objects.order_by("pk"):
        if product.price % 2:
            product.price = 40
            product.save(update_fields=["price"])
        else:
            product.description = "even"
            product.save(update_fields=["description"])
"""
    fix = run(tmp_path, code).only("write-in-loop").fixes[0]
    assert not fix.edits
    assert fix.caveat.startswith("No diff: Several lines of the loop write, each in its own way.")


def test_writes_of_different_models_are_different_edits(tmp_path, db):
    code = """
def job():
    for number in range(8):
        if number % 2:
            Tag.objects.create(name=f"odd {number}", slug=f"odd-{number}")
        else:
            Category.objects.create(name=f"even {number}", slug=f"even-{number}")
"""
    ran = run(tmp_path, code)
    told = {(each.rule, each.model) for each in ran.report.findings}
    assert told == {("write-in-loop", "catalog.Category"), ("write-in-loop", "catalog.Tag")}
    Tag.objects.all().delete()
    Category.objects.all().delete()
    after = run(tmp_path, ran.applied())
    assert after.told == []
    assert (Tag.objects.count(), Category.objects.count()) == (4, 4)


CHAINS = {
    "a name that goes round": """
def job():
    parent = None
    for name in "abcdef":
        parent = Category.objects.create(name=name, slug=name, parent=parent)
""",
    "get_or_create along a path": """
def job():
    parent = None
    for name in "abcdef":
        parent, _ = Category.objects.get_or_create(slug=name, parent=parent, defaults={"name": name})
""",
    "made, saved and passed on": """
def job():
    last = None
    for name in "abcdef":
        category = Category(name=name, slug=name, parent=last)
        category.save()
        last = category
""",
}


@pytest.mark.django_db
@pytest.mark.parametrize("code", CHAINS.values(), ids=CHAINS)
def test_rows_that_are_made_from_the_one_before_are_silent(tmp_path, code):
    told = [each for each in run(tmp_path, code).told if each[0] != "query-in-loop"]
    assert told == []
    assert Category.objects.filter(parent=None).count() == 1


@pytest.mark.django_db
def test_rows_that_a_loop_goes_on_with_are_told_with_a_second_loop(tmp_path):
    code = """
def job():
    company = Company.objects.create(name="c", country="FR")
    category = Category.objects.create(name="all", slug="all")
    for name in "abcde":
        brand = Brand.objects.create(name=name, slug=name, company=company)
        Product.objects.create(
            name=name, slug=name, brand=brand, category=category, price=1, created="2026-01-01T00:00Z"
        )
"""
    ran = run(tmp_path, code)
    by_model = {each.model: each for each in ran.report.findings}
    assert {each.rule for each in by_model.values()} == {"write-in-loop"}
    [fix] = by_model["catalog.Brand"].fixes
    assert not fix.edits
    assert "go on with them in a second loop" in fix.caveat
    assert "second loop" not in by_model["catalog.Product"].fixes[0].caveat


PAIRS = """
def job():
    for number in range(5):
        with transaction.atomic():
            Tag.objects.create(name=f"tag {number}", slug=f"tag-{number}")
            Category.objects.create(name=f"all {number}", slug=f"all-{number}")
"""
HELPER = """
@transaction.atomic
def take_over(number):
    Tag.objects.create(name=f"tag {number}", slug=f"tag-{number}")
    Category.objects.create(name=f"all {number}", slug=f"all-{number}")

def job():
    for number in range(5):
        take_over(number)
"""


@commits
@pytest.mark.parametrize(
    ("code", "function"), [(PAIRS, "job"), (HELPER, "take_over")], ids=["pairs", "helper"]
)
def test_one_loop_without_a_transaction_is_one_finding(tmp_path, code, function):
    ran = run(tmp_path, code)
    finding = ran.only("transaction-per-row")
    assert finding.location.line == ran.line("Tag.objects.create")
    assert finding.message == (
        f"{function} committed 5 times, once for each Tag and Category that it wrote, "
        "and waited for the disk each time."
    )
    assert finding.worst.query_count == 10
    if code is PAIRS:
        Tag.objects.all().delete()
        Category.objects.all().delete()
        after = run(tmp_path, ran.applied())
        assert "transaction-per-row" not in dict(after.told)
        assert [each.kind for each in after.trace.connections].count("begin") == 1


@commits
def test_rows_that_commit_without_any_transaction_are_added_up(tmp_path, rows, monkeypatch):
    code = """
def save(self, *args, **kwargs):
    Model.save(self, *args, **kwargs)

def job():
    for product in Product.objects.order_by("pk"):
        product.price = 3
        product.save()
        product.brand_id = product.brand_id
        product.save()
"""
    ran = run(tmp_path, code, prepare=lambda module: monkeypatch.setattr(Product, "save", module.save))
    finding = ran.only("transaction-per-row")
    assert finding.message.startswith("job committed 12 times, once for each Product")


@commits
def test_two_loops_are_two_findings(tmp_path):
    code = PAIRS + PAIRS.partition("job():\n")[2].replace("tag", "other").replace("all", "more")
    ran = run(tmp_path, code)
    assert [each.rule for each in ran.report.findings] == ["transaction-per-row"] * 2


@pytest.fixture
def tables(transactional_db: None) -> Iterator[dict[str, Any]]:
    """Models of tables that are there for one test: rows over two tables, and a time that each save sets."""
    meta = {"Meta": type("Meta", (), {"app_label": "catalog"}), "__module__": "catalog.models"}
    place: Any = type("Place", (models.Model,), {**meta, "name": models.TextField()})
    shop: Any = type("Shop", (place,), {**meta, "owner": models.TextField()})
    timed: Any = type(
        "Timed", (models.Model,),
        {**meta, "name": models.TextField(), "changed": models.DateTimeField(auto_now=True)},
    )  # fmt: skip
    with connection.schema_editor() as editor:
        for model in (place, shop, timed):
            editor.create_model(model)
    yield {"Place": place, "Shop": shop, "Timed": timed}
    with connection.schema_editor() as editor:
        for model in (timed, shop, place):
            editor.delete_model(model)
    for model in (timed, shop, place):
        del apps.all_models["catalog"][model._meta.model_name]
    apps.clear_cache()


def given(tables: dict[str, Any]) -> Any:
    """Gives the code these models by name."""
    return lambda module: vars(module).update(tables)


def test_rows_over_two_tables_are_told_without_an_edit(tmp_path, tables):
    code = """
def job():
    with transaction.atomic():
        for name in "abcd":
            Shop.objects.create(name=name, owner=name)
"""
    ran = run(tmp_path, code, prepare=given(tables))
    finding = ran.only("write-in-loop")
    assert finding.model == "catalog.Shop"
    [fix] = finding.fixes
    assert not fix.edits
    assert "A Shop is stored in the tables of Place too" in fix.caveat


def test_rows_over_two_tables_that_commit_one_by_one_get_one_transaction(tmp_path, tables):
    code = """
def job():
    for name in "abcd":
        Shop.objects.create(name=name, owner=name)
"""
    ran = run(tmp_path, code, prepare=given(tables))
    finding = ran.only("transaction-per-row")
    after = run(tmp_path, ran.applied(), prepare=given(tables))
    assert "transaction-per-row" not in dict(after.told)
    assert finding.location.line == ran.line("Shop.objects.create")
    assert tables["Shop"].objects.count() == 8


def test_a_child_of_two_tables_is_updated_without_an_edit(tmp_path, tables):
    for name in "abcd":
        tables["Shop"].objects.create(name=name, owner="x")
    code = """
def job():
    with transaction.atomic():
        for shop in Shop.objects.order_by("pk"):
            shop.owner = shop.name
            shop.save()
"""
    ran = run(tmp_path, code, prepare=given(tables))
    [fix] = ran.only("write-in-loop").fixes
    assert fix.code == 'Shop.objects.bulk_update(shops, ["owner"])'
    assert not fix.edits


def test_a_time_that_save_sets_is_named_and_not_forgotten(tmp_path, tables):
    timed = tables["Timed"]
    timed.objects.bulk_create(timed(name=name) for name in "abcd")
    code = """
def job():
    for row in Timed.objects.order_by("pk"):
        row.name = row.name.upper()
        row.save()
"""
    ran = run(tmp_path, code, prepare=given(tables))
    [fix] = ran.only("write-in-loop").fixes
    assert fix.code == 'Timed.objects.bulk_update(timeds, ["name", "changed"])'
    assert not fix.edits
    assert fix.caveat.startswith("No diff: bulk_update() doesn't fill changed as save() does")


def test_a_time_that_is_set_when_rows_are_created_is_no_obstacle(tmp_path, tables):
    code = """
def job():
    for name in "abcd":
        Timed.objects.create(name=name)
"""
    ran = run(tmp_path, "from catalog.models import Product as Timed\n" + code, prepare=given(tables))
    assert ran.only("write-in-loop").fixes[0].edits
    after = run(tmp_path, ran.applied(), prepare=given(tables))
    assert after.told == []
    assert tables["Timed"].objects.filter(changed__isnull=False).count() == 8


def test_models_that_are_used_here_have_no_receivers():
    assert all(model.save.__module__ == "django.db.models.base" for model in (Brand, Category, Product, Tag))
