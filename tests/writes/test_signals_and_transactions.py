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
def test_what_a_receiver_asks_for_each_row_is_told_where_it_stands(tmp_path, rows, listen):
    ran = run(tmp_path, AUDIT + LOOP, prepare=listen(post_save, Product, "audit"))
    by_rule = {each.rule: each for each in ran.report.findings}
    assert set(by_rule) == {"signal-query-per-save", "write-in-loop"}, ran.told
    finding = by_rule["signal-query-per-save"]
    assert finding.model == "catalog.Tag"
    assert finding.location.line == ran.line("Tag.objects.create")
    assert finding.location.function == "audit"
    assert finding.trigger.line == ran.line("product.save()")
    line = ran.line("product.save()")
    assert finding.message == (
        f"audit ran 5 queries, one for each Product that is saved at shop/jobs.py:{line}."
    )
    assert finding.fixes[0].code == "Tag.objects.bulk_create(tags)"
    assert not finding.fixes[0].edits


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
    by_rule = {each.rule: each for each in ran.report.findings}
    assert set(by_rule) == {"signal-query-per-save", "write-in-loop"}, ran.told
    assert by_rule["signal-query-per-save"].location.line == ran.line("self.description =")
    assert by_rule["signal-query-per-save"].model == "catalog.Brand"
    write = by_rule["write-in-loop"]
    assert write.trigger.line == ran.line("product.save()")
    assert not write.fixes[0].edits
    assert "save() of its own" in write.fixes[0].caveat


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
    assert finding.location.line == ran.line("Tag.objects.filter")
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
    assert finding.location.line == ran.line("for product in")
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
