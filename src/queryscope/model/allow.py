"""What a project accepts: findings that it knows of and doesn't want to be told."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.model.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """One entry of `QUERYSCOPE["ALLOW_FINDINGS"]`, one comment or one marker. What is empty holds for all."""

    origin: str  # where it is written: 'QUERYSCOPE["ALLOW_FINDINGS"][0]', "shop/views.py:12"
    rule: str = ""
    model: str = ""  # "shop.Book", "shop.Book.author", "shop.*"
    path: str = ""  # "shop/legacy/*": of the queryset, or of the line that sets it off
    stack: str = ""  # "shop/export.py", "shop/export.py:nightly": any line on the way to the query
    test: str = ""  # id of a test: of its marker
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedFinding:
    """A finding that is left out of the findings, and what allows it."""

    finding: Finding
    allow: Allow
