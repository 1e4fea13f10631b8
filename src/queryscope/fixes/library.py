"""The remedy for rows that a library asks for while a template is rendered. Said, not edited."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.fixes.arguments import quoted
from queryscope.model import Fix


def library_fix(paths: Sequence[str], model_name: str) -> Fix:
    """A fix without code: no line of the application holds the queryset that would take it."""
    named = quoted(list(paths), '"')
    return Fix(
        kinds=("prefetch_related",),
        title=f"Load {named} with the rows that the library gives",
        code="",
        caveat=(
            "No diff: a library builds this queryset while the template is rendered, no line of the "
            "application does. Unless the library lets you say what to load, make a list of its rows in the "
            f"view and call prefetch_related_objects(rows, {named}) with those that are {model_name}."
        ),
    )
