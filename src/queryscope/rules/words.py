"""What messages of several rules say alike."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.fixes.naming import snake
from queryscope.model import Observation
from queryscope.rules.attribution import function_name


def listed(names: Sequence[str]) -> str:
    """`Book.author, Book.tags and Book.publisher`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def spoken(subject: str) -> str:
    """`order line` of `OrderLine.product`."""
    return snake(subject.partition(".")[0]).replace("_", " ")


def spoken_place(observation: Observation) -> str:
    """The function or class that a message begins with."""
    site = observation.site
    if site is not None and site.frame is not None:
        return function_name(site.frame)
    if site is not None and site.holder is not None:
        return site.holder.name
    return function_name(observation.trigger) if observation.trigger else "The page"
