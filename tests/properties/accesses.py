"""Random access patterns over the sample project's models, as code that reads relations in nested loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

# By model and attribute: whether it gives many rows, whether a join can load it, the model behind it.
ONE, MANY = (False, True), (True, False)
RELATIONS: dict[str, dict[str, tuple[bool, bool, str]]] = {
    "Product": {
        "brand": (*ONE, "Brand"),
        "category": (*ONE, "Category"),
        "stock": (*ONE, "Stock"),
        "tags": (*MANY, "Tag"),
        "reviews": (*MANY, "Review"),
        "order_lines": (*MANY, "OrderLine"),
    },
    "Brand": {"company": (*ONE, "Company"), "products": (*MANY, "Product")},
    "Category": {"products": (*MANY, "Product")},
    "Company": {"brands": (*MANY, "Brand")},
    "Stock": {"product": (*ONE, "Product")},
    "Tag": {"products": (*MANY, "Product")},
    "Review": {
        "product": (*ONE, "Product"),
        "customer": (*ONE, "Customer"),
        "comments": (*MANY, "Comment"),
        "votes": (*MANY, "Vote"),
    },
    "Comment": {},
    "Vote": {"customer": (*ONE, "Customer"), "review": (*ONE, "Review")},
    "Customer": {"orders": (*MANY, "Order"), "reviews": (*MANY, "Review")},
    "Order": {
        "customer": (*ONE, "Customer"),
        "shipping_address": (*ONE, "Address"),
        "billing_address": (*ONE, "Address"),
        "lines": (*MANY, "OrderLine"),
        "payment": (*ONE, "Payment"),
    },
    "Address": {"customer": (*ONE, "Customer")},
    "OrderLine": {"order": (*ONE, "Order"), "product": (*ONE, "Product")},
    "Payment": {"order": (*ONE, "Order"), "refunds": (*MANY, "Refund")},
    "Refund": {"payment": (*ONE, "Payment")},
}
ROOTS = ("Product", "Review", "Order", "OrderLine", "Brand", "Vote")
HEAD = """from catalog.models import Brand, Product
from orders.models import Order, OrderLine
from reviews.models import Review, Vote


def f():
    seen = []
"""


@dataclass(frozen=True)
class Access:
    """Relations that are read of each row, in order, and what is read of the rows behind them."""

    attribute: str
    is_many: bool
    is_joinable: bool
    below: tuple[Access, ...] = ()
    eager: str = ""  # "select_related", "prefetch_related": loaded with the rows already


@dataclass(frozen=True)
class Pattern:
    """What the code reads."""

    root: str
    accesses: tuple[Access, ...]

    def code(self) -> str:
        """A function `f` that returns the keys of all rows that it met."""
        joined, apart = [], []
        for path, access in _paths(self.accesses):
            if access.eager == "select_related":
                joined.append(path)
            elif access.eager == "prefetch_related":
                apart.append(path)
        calls = "".join(
            f".{method}({', '.join(map(repr, paths))})"
            for method, paths in (("select_related", joined), ("prefetch_related", apart))
            if paths
        )
        lines = [f'    for row in {self.root}.objects{calls}.order_by("pk"):']
        lines += _body(self.accesses, "row", 2) or ["        seen.append(row.pk)"]
        return HEAD + "\n".join(lines) + "\n    return sorted(seen)\n"

    def least_queries(self) -> int:
        """What eager loading needs: one for the rows, one for each relation that no join can load."""
        return 1 + sum(_least(access, is_joined=True) for access in self.accesses)


def _least(access: Access, *, is_joined: bool) -> int:
    is_joined = is_joined and access.is_joinable and access.eager != "prefetch_related"
    return (not is_joined) + sum(_least(each, is_joined=is_joined) for each in access.below)


def _paths(accesses: tuple[Access, ...], before: str = "") -> Any:
    for access in accesses:
        path = before + access.attribute
        yield path, access
        yield from _paths(access.below, f"{path}__")


def _body(accesses: tuple[Access, ...], row: str, depth: int) -> list[str]:
    indent = "    " * depth
    lines = []
    for access in accesses:
        name = f"{row}_{access.attribute}"[-60:]
        if access.is_many:
            lines.append(f"{indent}for {name} in {row}.{access.attribute}.all():")
            lines.append(f"{indent}    seen.append({name}.pk)")
            lines += _body(access.below, name, depth + 1)
        else:
            lines.append(f"{indent}{name} = {row}.{access.attribute}")
            lines.append(f"{indent}seen.append({name}.pk)")
            lines += _body(access.below, name, depth)
    return lines


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """A root and a tree of accesses, of which a part is loaded eagerly already."""
    root = draw(st.sampled_from(ROOTS))
    return Pattern(root, _draw_level(draw, root, depth=3, came_from="", can_join=True))


def _draw_level(
    draw: st.DrawFn, model: str, *, depth: int, came_from: str, can_join: bool, is_loaded: bool = True
) -> tuple[Access, ...]:
    # Going back to where the rows came from is what known related objects are for: no query at all.
    names = [name for name, (_, _, target) in RELATIONS[model].items() if target != came_from]
    if not names or depth == 0:
        return ()
    least = 1 if depth == 3 else 0
    chosen = draw(st.lists(st.sampled_from(names), min_size=least, max_size=2, unique=True))
    found = []
    for name in chosen:
        is_many, is_joinable, target = RELATIONS[model][name]
        joins = can_join and is_joinable
        eager = ""
        if is_loaded and draw(st.integers(0, 3)) == 0:
            eager = "select_related" if joins else "prefetch_related"
        below = _draw_level(
            draw,
            target,
            depth=depth - 1,
            came_from=model,
            can_join=joins,
            is_loaded=bool(eager),
        )
        found.append(Access(name, is_many, is_joinable, below, eager))
    return tuple(found)
