"""A shop with a few rows, and a way to run code against it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from queryscope.model import Fix
from tests.capture.shop import add_orders, add_products, add_reviews, add_tags
from tests.rules.project import Project

HEAD = """\
from time import sleep
from catalog.models import Brand, Category, Product, Stock, Tag
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.db import transaction
from orders.models import Customer, Order, OrderLine
from reviews.models import Review


"""


class Living(Project):
    """A project that has been run."""

    def __init__(self, folder: Path, text: str, page: str, **config: Any) -> None:
        super().__init__(folder, dedent(text).lstrip("\n"), head=HEAD, page_html=page)
        self.config = {"reads": False, **config}
        self.ran = self.run(**self.config)

    def fix(self, rule: str) -> Fix:
        """The fix of the only finding, which is that rule's."""
        return self.ran.fix(rule)

    def is_cured(self, rule: str) -> None:
        """Run it with the fix applied: the same output, fewer queries or rows, no finding."""
        before, fix = self.ran, self.fix(rule)
        self.ran = self.cured(before, **self.config)
        assert self.ran.queries < before.queries or fix.kinds == ("rewrite",)


Run = Callable[..., Living]


@pytest.fixture
def living(tmp_path: Path) -> Run:
    products = add_products(4)
    add_tags(products)
    add_orders(3, lines=products[:2])
    add_reviews(products)

    def make(text: str, *, page: str = "", **config: Any) -> Living:
        return Living(tmp_path, text, page, **config)

    return make
