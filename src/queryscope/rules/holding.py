"""Whether an application class says which queryset a library evaluates for it."""

from __future__ import annotations

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built
from queryscope.model import Observation
from queryscope.rules.eager import target_of
from queryscope.rules.remedy import Context


def says_queryset(observation: Observation, context: Context) -> bool:
    """Whether the rows are the application's to change.

    A library that works for a class of the application may ask for a model of its own, or for what the class
    names: a viewset over `auth.User` does. The text of the class tells.
    """
    site = observation.site
    model = context.models.get(observation.model)
    if site is None or site.frame is not None or site.holder is None or model is None or model.path:
        return True
    if not any(group.is_asked_by_library for group in context.groups(observation)):
        return True
    try:
        find_built(context.sources.of(site), site, target_of(observation.model, context.models))
    except EditRefusedError:
        return False
    return True
