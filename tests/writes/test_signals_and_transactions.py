"""Receivers, `save()` methods and transactions, really run and really committed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import post_delete, post_save, pre_save

from catalog.models import Brand, Product, Stock, Tag
from tests.capture.shop import add_products, add_tags
from tests.writes.running import run

commits = pytest.mark.django_db(transaction=True)
LOOP = """
def job():
    for product in Product.objects.order_by("pk"):
        product.price = 3
        product.save()
"""


@pytest.fixture
def rows() -> None:
    add_tags(add_products(5, stock=True), 4)


@pytest.fixture
def listen() -> Iterator[Any]:
    """Connects a function of the code to a signal."""
    connected: list[tuple[Any, Any, Any]] = []

    def listening(signal: Any, sender: Any, name: str) -> Any:
        def prepare(module: Any) -> None:
            signal.connect(getattr(module, name), sender=sender, weak=False)
            connected.append((signal, getattr(module, name), sender))

        return prepare

    yield listening
    for signal, receiver, sender in connected:
        signal.disconnect(receiver, sender=sender)


@pytest.fixture
def own_save(monkeypatch) -> Any:
    """Makes `save` of the code the method of Product."""
    return lambda module: monkeypatch.setattr(Product, "save", module.save)


def prices() -> set[int]:
    return set(Product.objects.values_list("price", flat=True))


AUDIT = """
def audit(sender, instance, **kwargs):
    Tag.objects.create(name=f"saved {instance.pk}", slug=f"saved-{instance.pk}")
"""


@pytest.mark.django_db
def test_what_a_receiver_asks_for_each_row_is_told_where_the_rows_are_saved(tmp_path, rows, listen):
    ran = run(tmp_path, AUDIT + LOOP, prepare=listen(post_save, Product, "audit"))
    finding = ran.only("signal-query-per-save")
    assert finding.model == "catalog.Product"
    line = ran.line("product.save()")
    assert (finding.location.line, finding.location.function) == (line, "job")
    assert (finding.trigger.line, finding.trigger.function) == (ran.line("Tag.objects.create"), "audit")
    assert finding.message == (
        f"audit ran 5 queries, one for each Product that is saved at shop/jobs.py:{line}, "
        "beside the 5 that write them."
    )
    [fix] = finding.fixes
    assert fix.code == 'Product.objects.bulk_update(products, ["price"])\nTag.objects.bulk_create(tags)'
    assert not fix.edits
    assert fix.caveat.startswith("No diff: audit serves single rows too.")
    assert (finding.worst.query_count, finding.worst.avoidable_queries) == (10, 8)


SETTLE = """
def settle(sender, instance, **kwargs):
    brand = find(instance)
    brand.name = brand.name.upper()
    brand.save(update_fields=["name"])

def count(sender, instance, **kwargs):
    Product.objects.filter(brand_id=instance.brand_id).count()

def find(instance):
    return Brand.objects.get(pk=instance.brand_id)
"""


@pytest.mark.django_db
def test_all_that_one_save_sets_off_is_one_finding(tmp_path, rows, listen):
    def both(module: Any) -> None:
        listen(post_save, Product, "settle")(module)
        listen(pre_save, Product, "count")(module)

    ran = run(tmp_path, SETTLE + LOOP, prepare=both)
    finding = ran.only("signal-query-per-save")
    line = ran.line("product.save()")
    assert finding.location.line == line
    assert finding.message == (
        f"count and settle ran 15 queries, 3 for each Product that is saved at shop/jobs.py:{line}, "
        "beside the 5 that write them."
    )
    assert finding.fixes[0].code.splitlines() == [
        'Product.objects.bulk_update(products, ["price"])',
        'Product.objects.filter(brand__in=…).values("brand").annotate(count=Count("pk"))',
        "Brand.objects.in_bulk(ids)",
        'Brand.objects.bulk_update(brands, ["name"])',
    ]


@pytest.mark.django_db
def test_two_lines_that_save_in_one_loop_are_one_finding(tmp_path, rows, listen):
    code = """
def job():
    for product in Product.objects.order_by("pk"):
        if product.pk % 2:
            product.price = 3
            product.save()
        else:
            product.price = 4
            product.save()
"""
    ran = run(tmp_path, AUDIT + code, prepare=listen(post_save, Product, "audit"))
    ran.only("signal-query-per-save")


@commits
def test_rows_that_commit_one_by_one_are_told_beside_what_their_saves_set_off(tmp_path, rows, listen):
    ran = run(tmp_path, AUDIT + LOOP, prepare=listen(post_save, Product, "audit"))
    assert {each[0] for each in ran.told} == {"signal-query-per-save", "transaction-per-row"}
    by_rule = {each.rule: each for each in ran.report.findings}
    assert "beside" not in by_rule["signal-query-per-save"].message
    assert by_rule["signal-query-per-save"].fixes[0].code == "Tag.objects.bulk_create(tags)"
    assert by_rule["transaction-per-row"].fixes[0].edits


@pytest.mark.django_db
def test_a_model_to_whose_signals_somebody_listens_gets_no_edit(tmp_path, rows, listen):
    quiet = "\ndef quiet(**kwargs):\n    pass\n"
    ran = run(tmp_path, quiet + LOOP, prepare=listen(pre_save, Product, "quiet"))
    [fix] = ran.only("write-in-loop").fixes
    assert fix.code == 'Product.objects.bulk_update(products, ["price"])'
    assert not fix.edits
    assert "Receivers listen to pre_save of Product".lower() in fix.caveat.lower()


SAVE = """
def save(self, *args, **kwargs):
    self.description = str(Brand.objects.filter(pk=self.brand_id).count())
    Model.save(self, *args, **kwargs)
"""


@pytest.mark.django_db
def test_a_save_method_that_queries_is_told(tmp_path, rows, own_save):
    ran = run(tmp_path, SAVE + LOOP, prepare=own_save)
    finding = ran.only("signal-query-per-save")
    assert finding.location.line == ran.line("product.save()")
    assert finding.trigger.line == ran.line("self.description =")
    [fix] = finding.fixes
    assert not fix.edits
    assert "save() of its own" in fix.caveat
    assert fix.code.startswith("Product.objects.bulk_update(products, ")
    assert fix.code.endswith("\nBrand.objects.in_bulk(ids)")


@pytest.mark.django_db
def test_a_receiver_of_one_delete_that_takes_many_rows_is_told(tmp_path, rows, listen):
    code = """
def forget(sender, instance, **kwargs):
    Tag.objects.filter(slug=f"stock-{instance.pk}").delete()

def job():
    Stock.objects.all().delete()
"""
    ran = run(tmp_path, code, prepare=listen(post_delete, Stock, "forget"))
    finding = ran.only("signal-query-per-save")
    assert finding.location.line == ran.line("Stock.objects.all().delete()")
    assert finding.trigger.line == ran.line("Tag.objects.filter")
    assert "deleted" in finding.message


SILENT = [
    (
        "a receiver that remembers",
        """
KNOWN = []
def audit(**kwargs):
    if not KNOWN:
        KNOWN.append(Brand.objects.count())
""",
    ),
    ("a receiver that asks nothing", "\ndef audit(**kwargs):\n    pass\n"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("code", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_signals_are_silent(tmp_path, rows, listen, code):
    ran = run(tmp_path, code + LOOP, prepare=listen(post_save, Product, "audit"))
    ran.only("write-in-loop")


@pytest.mark.django_db
def test_one_save_with_a_loop_in_its_receiver_is_a_write_in_a_loop(tmp_path, rows, listen):
    code = """
def tell(**kwargs):
    for name in "abcd":
        Tag.objects.create(name=name, slug=name)

def job():
    Product.objects.first().save()
"""
    ran = run(tmp_path, code, prepare=listen(post_save, Product, "tell"))
    finding = ran.only("write-in-loop")
    assert finding.trigger.line == ran.line("Tag.objects.create")


@pytest.mark.django_db
def test_one_save_with_a_receiver_is_silent(tmp_path, rows, listen):
    code = AUDIT + "\ndef job():\n    Product.objects.first().save()\n"
    assert run(tmp_path, code, prepare=listen(post_save, Product, "audit")).told == []


@commits
def test_rows_that_commit_one_by_one_where_bulk_loses_something_get_one_transaction(tmp_path, rows, own_save):
    code = "\ndef save(self, *args, **kwargs):\n    Model.save(self, *args, **kwargs)\n" + LOOP
    ran = run(tmp_path, code, prepare=own_save)
    finding = ran.only("transaction-per-row")
    assert finding.trigger.line == ran.line("product.save()")
    assert finding.location.line == ran.line("product.save()")
    [fix] = finding.fixes
    assert fix.code == ('with transaction.atomic():\n    for product in Product.objects.order_by("pk"): …')
    Product.objects.update(price=0)
    after = run(tmp_path, ran.applied(), prepare=own_save)
    assert prices() == {3}
    assert after.trace.connections[-1].kind == "commit"
    assert [each.kind for each in after.trace.connections].count("begin") == 1
    assert "transaction-per-row" not in dict(after.told)


@commits
def test_where_bulk_is_possible_it_is_told_instead(tmp_path, rows):
    run(tmp_path, LOOP).only("write-in-loop")


INSIDE = """
def job():
    for product in Product.objects.order_by("pk"):
        with transaction.atomic():
            product.price = 3
            product.save()
            Stock.objects.filter(product=product).update(quantity=2)
"""


@commits
def test_a_transaction_inside_of_the_loop_goes_around_it(tmp_path, rows):
    ran = run(tmp_path, INSIDE)
    assert {each[0] for each in ran.told} == {"transaction-per-row"}
    text = ran.text
    for edit in sorted(ran.report.findings[0].fixes[0].edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    assert text.endswith("""
def job():
    with transaction.atomic():
        for product in Product.objects.order_by("pk"):
            product.price = 3
            product.save()
            Stock.objects.filter(product=product).update(quantity=2)
""")
    after = run(tmp_path, text)
    assert prices() == {3}
    assert set(Stock.objects.values_list("quantity", flat=True)) == {2}
    assert "transaction-per-row" not in dict(after.told)


@pytest.mark.django_db
def test_savepoints_are_no_transactions(tmp_path, rows):
    assert "transaction-per-row" not in dict(run(tmp_path, INSIDE).told)


SLOW = """
def job():
    with transaction.atomic():
        product = Product.objects.select_for_update().order_by("pk").first()
        time.sleep(0.3)
        product.price = 4
        product.save()
"""
SHORT = {"RULES": {"long-transaction": {"open_ms": 200}}}


def settings(**more: Any) -> dict[str, Any]:
    return {"rules": {"long-transaction": {"open_ms": 200} | more}}


@commits
def test_a_transaction_that_waits_for_something_else_is_told(tmp_path, rows):
    ran = run(tmp_path, SLOW, **settings())
    finding = ran.only("long-transaction")
    assert finding.location.line == ran.line("with transaction.atomic()")
    first, last = ran.line("select_for_update"), ran.line("product.save()")
    assert f"most of it between shop/jobs.py:{first} and shop/jobs.py:{last}." in finding.message
    assert not finding.fixes[0].edits


QUIET = {
    "the wait stands outside": """
def job():
    with transaction.atomic():
        product = Product.objects.select_for_update().order_by("pk").first()
    time.sleep(0.3)
    with transaction.atomic():
        product.save()
""",
    "no transaction is open": """
def job():
    product = Product.objects.order_by("pk").first()
    time.sleep(0.3)
    product.save()
""",
    "the database is what takes long": """
def job():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.3)")
""",
    "many short steps": """
def job():
    with transaction.atomic():
        for number in range(40):
            Product.objects.filter(price=number).count()
            time.sleep(0.01)
""",
}


@commits
@pytest.mark.parametrize("code", QUIET.values(), ids=QUIET)
def test_long_transactions_are_silent(tmp_path, rows, code):
    ran = run(tmp_path, code, slow_ms=10_000, **settings())
    assert "long-transaction" not in dict(ran.told)


@commits
def test_a_short_transaction_is_silent(tmp_path, rows):
    assert run(tmp_path, SLOW).told == []


@pytest.mark.django_db
def test_the_transaction_of_a_test_case_is_silent(tmp_path, rows):
    assert run(tmp_path, SLOW, **settings()).told == []


def test_models_that_are_used_here_have_no_save_of_their_own():
    assert all(model.save.__module__ == "django.db.models.base" for model in (Brand, Product, Stock, Tag))
