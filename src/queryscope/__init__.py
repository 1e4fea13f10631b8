"""queryscope: which Django queries to change, the exact edit, and the proof that it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queryscope.config import Config
    from queryscope.errors import ConfigError, QueryscopeError
    from queryscope.formats import render
    from queryscope.model import Finding, Fix, Report, Trace
    from queryscope.profiler import profile

__version__ = "0.1.0.dev0"

__all__ = [
    "Config",
    "ConfigError",
    "Finding",
    "Fix",
    "QueryscopeError",
    "Report",
    "Trace",
    "profile",
    "render",
]

_HOMES = {
    "Config": "queryscope.config",
    "ConfigError": "queryscope.errors",
    "Finding": "queryscope.model",
    "Fix": "queryscope.model",
    "QueryscopeError": "queryscope.errors",
    "Report": "queryscope.model",
    "Trace": "queryscope.model",
    "profile": "queryscope.profiler",
    "render": "queryscope.formats",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use: importing queryscope costs nothing and needs no Django."""
    if name not in _HOMES:
        raise AttributeError(f"module 'queryscope' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
