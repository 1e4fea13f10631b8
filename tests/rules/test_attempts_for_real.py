"""Loops that go on after an error, and rows taken one by one: run for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.model import Finding
from tests.capture.shop import add_products
from tests.rules.project import Project

HEAD = """\
from django.db import connection, transaction
from catalog.models import Product, Tag


"""


def told(folder: Path, code: str, rule: str) -> list[Finding]:
    project = Project(folder, code, head=HEAD)
    return [finding for finding in project.run().findings if finding.rule == rule]


RETRIED = """
    def answer(attempt):
        names = [product.name for product in Product.objects.filter(price__gte=0)]
        if attempt < 3:
            raise ConnectionError
        return names

    def f():
        for attempt in range(5):
            try:
                return answer(attempt)
            except ConnectionError:
                continue
"""


@pytest.mark.django_db
def test_what_a_retry_asks_is_no_duplicate(tmp_path: Path) -> None:
    add_products(2)
    assert not told(tmp_path, RETRIED, "duplicate-query")


ROWS = """
    def f():
        for number in range(6):
            {before}
                with transaction.atomic():
                    Tag.objects.create(name=f"own {{number}}", slug=f"own-{{number}}")
            {after}
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ("try:", "except ValueError:\n                pass", False),
        ("try:", "except ValueError:\n                raise", True),
        ("try:", "finally:\n                pass", True),
        ("if True:", "", True),
    ],
)
def test_rows_of_which_one_may_fail_have_transactions_of_their_own(
    tmp_path: Path, before: str, after: str, is_told: bool
) -> None:
    code = ROWS.format(before=before, after=after)
    assert bool(told(tmp_path, code, "transaction-per-row")) is is_told


ITEMS = """
    def f():
        products = Product.objects.filter(price__gte=0).order_by("slug")
        return [{items}]
"""


@pytest.mark.django_db
def test_first_rows_that_are_taken_one_by_one_are_loaded_at_once(tmp_path: Path) -> None:
    add_products(4)
    code = ITEMS.format(items="products[0].name, products[1].name, products[2].name")
    project = Project(tmp_path, code, head=HEAD)
    before = project.run()
    [finding] = before.findings
    assert finding.rule == "queryset-evaluated-twice"
    [fix] = finding.fixes
    assert 'list(Product.objects.filter(price__gte=0).order_by("slug")[:3])' in fix.diff
    project.apply(fix)
    after = project.run()
    assert after.result == before.result
    assert (after.queries, after.findings) == (1, ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("items", "rows"),
    [
        ("products[0].name, products[1].name", []),
        ("products[0].name, products[0].slug, products[0].pk", ["[:1])"]),
    ],
)
def test_two_rows_are_no_list_and_one_row_is_taken_once(tmp_path: Path, items: str, rows: list[str]) -> None:
    add_products(4)
    found = told(tmp_path, ITEMS.format(items=items), "queryset-evaluated-twice")
    assert [finding.fixes[0].code[-5:] for finding in found] == rows


@pytest.mark.django_db
def test_other_uses_of_the_queryset_forbid_the_edit(tmp_path: Path) -> None:
    add_products(4)
    items = "products[0].name, products[1].name, products[2].name] if products is not None else [products[9]"
    [finding] = told(tmp_path, ITEMS.format(items=items), "queryset-evaluated-twice")
    assert not finding.fixes[0].diff
    assert "may need other rows" in finding.fixes[0].caveat
