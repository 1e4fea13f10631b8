"""Rules that judge all units of work of a run together, in the order in which a report lists them."""

from queryscope.rules.base import RunRule

RUN_RULES: tuple[type[RunRule], ...] = ()

__all__ = ["RUN_RULES"]
