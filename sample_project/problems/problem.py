"""One row of the table of problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

View = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem as it arises in life, and its cured twin, which answers with the same bytes.

    A comment that ends with the slug (see `site_comment`) tells where in the file `path` the queryset is
    built. It stands on the line where the root expression (`Product.objects`) starts, on `model = …` where a
    view only names its model, or on the `class` line of a ModelAdmin.
    """

    slug: str
    title: str
    row: str  # the row of the diagnosis table, or the index shape, that it is drawn from
    rule: str  # the rule that must report it
    view: View
    cured: View
    model: str  # label of the model whose queryset changes
    path: str  # file of the site, from the project root
    kinds: tuple[str, ...]  # of the fix
    relations: tuple[str, ...] = ()  # full lookup paths, sorted; of nested ones the longest
    fix: str = ""  # the code of the fix
    also: tuple[str, ...] = ()  # code that is as good
    known_miss: str = ""  # why the rules that exist can't judge it yet
    login: bool = False
    gain: Literal["queries", "rows", "buffers", "work"] = (
        "queries"  # what the twin has less of: queries, rows sent, blocks
    )
    # touched, or rows handled inside the plan

    @property
    def site_comment(self) -> str:
        """What ends the line of the site; it stands once in `path`."""
        return "# site: " + self.slug
