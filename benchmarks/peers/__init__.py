"""The tools that are compared: how each is installed, switched on, called, and seen to record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool as its own documentation installs it; what differs from its defaults says why."""

    title: str
    requirement: str = ""  # for pip; "" is part of the environment anyway
    apps: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    # Gives the hook to call, and what tells how much it noted since it was last asked.
    hook: Callable[[], AbstractContextManager[tuple[Any, Callable[[], int]]]] | None = None
    # How many queries, or N+1s, the tool tells of after a request; None: it can't be asked.
    told: Callable[[Any, str], int] | None = None
    note: str = ""


# In the order of the table. Each is a module of this package, with a `TOOL`.
NAMES = ("queryscope", "debug_toolbar", "silk", "query_doctor", "zeal", "nplus1")


def find(name: str) -> Tool:
    """The tool of that name; `bare` is none at all."""
    if name == "bare":
        return Tool(title="without any")
    tool: Tool = import_module(f"peers.{name}").TOOL
    return tool
