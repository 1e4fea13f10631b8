"""One row of the table of problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

View = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem as it arises in life, and its cured twin, which answers with the same bytes.

    The comment `# site: <slug>` in the file `path` tells where the queryset is built: it stands on the line
    where the root expression (`Product.objects`) starts, or on the `class` line where a class only names
    its model.
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
    gain: Literal["queries", "buffers", "rows"] = "queries"  # what the twin needs less of
