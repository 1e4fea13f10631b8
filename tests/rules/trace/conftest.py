"""A shop with a few rows, and a way to run code against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.capture.shop import add_orders, add_products, add_reviews, add_tags
from tests.rules.living import Living, Project


@pytest.fixture
def living(tmp_path: Path) -> Living:
    products = add_products(4)
    add_tags(products)
    add_orders(3, lines=products[:2])
    add_reviews(products)

    def make(text: str, *, page: str = "", **config: Any) -> Project:
        return Project(tmp_path, text, {"page.html": page}).run(**config)

    return make
