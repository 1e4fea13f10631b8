"""Seam: pytest's options and their ini twins, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from queryscope.config import Config
from queryscope.profiler import current_config

FORMATS = ("markdown", "json", "html")  # the one to open comes last


def flag(config: pytest.Config, name: str) -> bool:
    """An option that is on or off."""
    given = config.getoption(f"queryscope_{name}")
    return bool(config.getini(f"queryscope_{name}") if given is None else given)


def option(config: pytest.Config, name: str) -> Any:
    """An option of the command line, else its ini twin; "" where neither is given."""
    given = config.getoption(f"queryscope_{name}")
    return config.getini(f"queryscope_{name}") if given is None else given


def slow_ms(config: pytest.Config) -> float | None:
    """From where on a query is slow; None leaves it to the settings.

    Raises:
        pytest.UsageError: not a number.
    """
    given = option(config, "slow_ms")
    if given in (None, ""):
        return None
    try:
        return float(given)
    except ValueError:
        raise pytest.UsageError(f"queryscope_slow_ms must be a number, not {given!r}.") from None


def config_of(config: pytest.Config) -> Config:
    """The settings of the project, overridden by options.

    Raises:
        ConfigError: a value that queryscope can't use.
    """
    overrides: dict[str, Any] = {}
    if option(config, "explain"):
        overrides["explain"] = option(config, "explain")
    limit_ms = slow_ms(config)
    if limit_ms is not None:
        overrides["slow_ms"] = limit_ms
    return current_config(**overrides)


def outputs_of(config: pytest.Config) -> dict[str, Path]:
    """The files to write, by format."""
    outputs = {}
    for name in FORMATS:
        given = config.getoption(f"queryscope_{name}")
        written = config.getini(f"queryscope_{name}")
        if given:  # as the shell meant it
            outputs[name] = config.invocation_params.dir / given
        elif written:
            outputs[name] = config.rootpath / written
    return outputs
