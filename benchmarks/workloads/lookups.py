"""Look-ups at a given depth of the stack."""

from __future__ import annotations

from typing import Any

from django.db import models


class Thing(models.Model):
    """A table that costs nothing."""

    name = models.CharField(max_length=20)

    class Meta:
        app_label = "workloads"

    def __str__(self) -> str:
        return self.name


def get_at_depth(depth: int) -> Any:
    """`get()` with that many more frames around it."""
    if depth:
        return get_at_depth(depth - 1)
    return Thing.objects.get(pk=1)


def call_at_depth(depth: int, function: Any, *arguments: Any) -> Any:
    """Any call with that many more frames around it."""
    if depth:
        return call_at_depth(depth - 1, function, *arguments)
    return function(*arguments)


def build() -> Any:
    """A queryset that is not run."""
    return Thing.objects.filter(pk=1)


def load() -> int:
    """As many instances as there are."""
    return len(list(Thing.objects.all()))


def stream() -> int:
    """The same, one by one."""
    return sum(1 for _ in Thing.objects.iterator())
