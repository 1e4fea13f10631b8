"""Template tags of the tests."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("shop/stock.html")
def stock_of(product: Any) -> dict[str, Any]:
    return {"product": product}
