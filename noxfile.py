"""Runs the tests at both ends of what is supported: `make test`, or `nox --tags tests`."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nox

PYPROJECT = nox.project.load_toml("pyproject.toml")
# What the tests need installs at both. Django's own tasks are tested at the second one: 5.2 has none.
CORNERS = (("3.11", "5.2"), ("3.13", "6.1"))
MUST_RUN_ALL = os.environ.get("QUERYSCOPE_REQUIRE_CORNERS", "") not in {"", "0"}
WORKERS = os.environ.get("QUERYSCOPE_TEST_WORKERS", "2")

nox.options.reuse_venv = "yes"
nox.options.tags = ["tests"]


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter may be: this one, PATH, and the homes of pyenv and uv, which PATH often lacks."""
    # glob and os.access pass over what this user may not read; Path's methods raise.
    yield Path(sys.executable)
    name = f"python{version}"
    yield from (Path(directory) / name for directory in os.get_exec_path())
    pyenv = os.environ.get("PYENV_ROOT") or "~/.pyenv"
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR") or "~/.local/share/uv/python"
    places = (f"{pyenv}/versions/{version}.*/bin/{name}", f"{uv}/cpython-{version}.*/bin/{name}")
    found = [Path(path) for place in places for path in glob.glob(str(Path(place).expanduser()))]  # noqa: PTH207
    yield from sorted(found, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))])[::-1]


def find_interpreter(version: str) -> str | None:
    """The first interpreter that runs and is of this version; pyenv's shims exist and may not run."""
    program = "import sys; print('%d.%d' % sys.version_info[:2], sys._base_executable)"
    for path in candidates(version):
        if not os.access(path, os.X_OK):
            continue
        tried = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
        found, _, executable = tried.stdout.strip().partition(" ")
        if tried.returncode == 0 and found == version:
            return executable
    return None


def has_chromium() -> bool:
    """The tests of the report in a browser run where there is a browser."""
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


def install_once(session: nox.Session, *requirements: str) -> None:
    """Install, unless this environment got the very same before."""
    wanted = hashlib.sha256(
        "\n".join([*requirements, Path("pyproject.toml").read_text()]).encode()
    ).hexdigest()
    stamp = Path(session.virtualenv.location) / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    session.install("--quiet", *requirements)
    stamp.write_text(wanted)


def add_corner(python: str, django: str) -> None:
    """Make one session: the whole suite on one Python with one Django."""
    name = f"tests-python{python}-django{django}"
    interpreter = find_interpreter(python)

    @nox.session(name=name, python=interpreter or False, tags=["tests"])
    def run_tests(session: nox.Session) -> None:
        if interpreter is None:
            reason = (
                f"no Python {python} on PATH, under pyenv or under uv: Django {django} was NOT tested on it"
            )
            session.error(reason) if MUST_RUN_ALL else session.skip(reason)
        # What a browser shows is the same on every interpreter: the first corner looks at it.
        looks = (python, django) == CORNERS[0]
        groups = ["test", "browser"] if looks and has_chromium() else ["test"]
        requirements = [line for group in groups for line in nox.project.dependency_groups(PYPROJECT, group)]
        install_once(session, "--editable", ".", *requirements, f"django=={django}.*")
        chosen = [] if looks else ["-m", "not browser"]
        session.run("python", "-m", "pytest", "-n", WORKERS, *chosen, *session.posargs)


for corner in CORNERS:
    add_corner(*corner)
