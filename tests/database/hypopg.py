"""A PostgreSQL of the tests' own in which HypoPG can be installed: the embedded one has no such extension."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNPRIVILEGED = "nobody"  # PostgreSQL doesn't run as root
SETTINGS = """
fsync = off
listen_addresses = ''
unix_socket_directories = '{directory}'
"""


def find() -> Path | None:
    """The programs of a server that knows HypoPG, of the newest version; where Debian puts them."""
    found = []
    for control in Path("/usr/share/postgresql").glob("*/extension/hypopg.control"):
        version = control.parent.parent.name
        programs = Path("/usr/lib/postgresql") / version / "bin"
        if version.isdigit() and (programs / "initdb").exists():
            found.append((int(version), programs))
    return max(found)[1] if found else None


@contextmanager
def server() -> Iterator[Path]:
    """Run it on a Unix socket; gives the socket's directory."""
    programs = find()
    assert programs is not None, "This test needs HypoPG: apt-get install postgresql-15-hypopg."
    directory = Path(tempfile.mkdtemp(prefix="queryscope-hypopg-", dir="/tmp"))
    entry = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    data = directory / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        subprocess.run(
            command,
            check=True,
            cwd=directory,
            user=entry.pw_uid,
            group=entry.pw_gid,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    try:
        run(
            "initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        with (data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(directory=directory))
        run("pg_ctl", "start", "-D", str(data), "-w", "-s", "-l", str(directory / "log"))
        try:
            yield directory
        finally:
            run("pg_ctl", "stop", "-D", str(data), "-m", "immediate", "-w", "-s")
    finally:
        shutil.rmtree(directory)
