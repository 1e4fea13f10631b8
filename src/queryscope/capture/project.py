"""Which files are the application's, and how their paths are written."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

_LIBRARY_PARTS = ("/site-packages/", "/dist-packages/")
_OWN = str(Path(__file__).resolve().parent.parent) + "/"


def _stdlib_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths["stdlib"], paths["platstdlib"], str(Path(sys.prefix) / "lib")}
    return tuple(str(Path(root).resolve()).replace("\\", "/") + "/" for root in roots)


_STDLIB = _stdlib_roots()


@dataclass(frozen=True, slots=True)
class Project:
    """The project root (resolved, with forward slashes, no trailing slash) and its further packages."""

    root: str
    package_roots: tuple[str, ...] = ()

    def is_application(self, filename: str) -> bool:
        """Whether that file is application code: under the root and no library, or in a listed package."""
        return _is_application(self, filename)

    def relative(self, filename: str) -> str:
        """The path as findings show it: relative to the root where it lies inside."""
        resolved = _resolved(filename)
        if resolved.startswith(self.root + "/"):
            return resolved[len(self.root) + 1 :]
        return resolved


@lru_cache(maxsize=4096)
def _resolved(filename: str) -> str:
    return str(Path(filename).resolve()).replace("\\", "/")


@lru_cache(maxsize=16384)
def _is_application(project: Project, filename: str) -> bool:
    if not filename or filename.startswith("<"):
        return False
    resolved = _resolved(filename)
    if any(resolved.startswith(root) for root in project.package_roots):
        return True
    if resolved.startswith(_OWN) or not resolved.startswith(project.root + "/"):
        return False
    if any(part in resolved for part in _LIBRARY_PARTS):
        return False
    return not any(resolved.startswith(root) for root in _STDLIB)


def find_project(root: str = "", *, base_dir: str = "", packages: tuple[str, ...] = ()) -> Project:
    """The project: `root` if given, else the git top level around BASE_DIR or the working directory.

    Packages that cannot be imported are ignored: they may belong to another environment.
    """
    return Project(_find_root(root, base_dir), tuple(filter(None, map(_package_root, packages))))


def _find_root(root: str, base_dir: str) -> str:
    if root:
        return _resolved(root)
    start = Path(base_dir or ".").resolve()
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return str(folder).replace("\\", "/")
    return str(start).replace("\\", "/")


def _package_root(name: str) -> str:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return ""
    if spec is None:
        return ""
    if spec.submodule_search_locations:
        return _resolved(next(iter(spec.submodule_search_locations))) + "/"
    return _resolved(spec.origin) if spec.origin else ""
