"""How long a line of a file may be: as its project's formatter or linter says, or as its lines are."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

_USUAL = 88  # of Black and ruff
_Read = Callable[[str], str | None]


def line_limit(text: str, configured: int | None) -> int:
    """The most characters in a line of a file.

    Args:
        text: of the file.
        configured: what its project says.
    """
    if configured is not None:
        return configured
    return max(_USUAL, max((width_of(line) for line in text.splitlines()), default=0))


def width_of(line: str) -> int:
    """How wide a line is, with tabs as Black counts them."""
    return len(line.rstrip("\r\n").expandtabs(4))


def configured_limit(read: _Read, path: str) -> int | None:
    """What the settings nearest to a file say; None where there are none.

    Args:
        read: gives the text of a file, None if there is none.
        path: of the file, in the same terms.
    """
    for folder in PurePosixPath(path).parents:
        for name in ("ruff.toml", ".ruff.toml", "pyproject.toml"):
            found = _of_toml(read(str(folder / name)), is_project=name == "pyproject.toml")
            if found is not None:
                return found
        for name in ("setup.cfg", "tox.ini", ".flake8"):
            found = _of_ini(read(str(folder / name)))
            if found is not None:
                return found
    return None


def _of_toml(text: str | None, *, is_project: bool) -> int | None:
    if text is None:
        return None
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    tools = data.get("tool", {}) if is_project else {"ruff": data}
    for name in ("ruff", "black"):
        section = tools.get(name) if isinstance(tools, dict) else None
        if isinstance(section, dict):
            limit = section.get("line-length", _USUAL)
            return limit if isinstance(limit, int) else None
    return None


def _of_ini(text: str | None) -> int | None:
    if text is None:
        return None
    settings = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        settings.read_string(text)
        return next(
            (
                settings.getint(section, key)
                for section in ("flake8", "pycodestyle")
                for key in ("max-line-length", "max_line_length")
                if settings.has_option(section, key)
            ),
            None,
        )
    except (configparser.Error, ValueError):
        return None
