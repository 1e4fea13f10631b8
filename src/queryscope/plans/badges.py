"""Badges of a plan: what is worth knowing of it, and has no remedy in the code that asked."""

from __future__ import annotations

from queryscope.model import Badge, Plan


def badges_of(plan: Plan) -> tuple[Badge, ...]:
    """The badges of a plan and of its nodes."""
    return ()
