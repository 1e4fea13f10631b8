"""A throw-away PostgreSQL server of given binaries, for making the corpus."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

ACCOUNT = "postgres"  # root may not run a server
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "listen_addresses": "",
    "shared_buffers": "1GB",  # a scan of a table larger than a quarter of it would read it anew each time
    "max_connections": "20",
    "max_worker_processes": "8",
    "jit": "off",
    "effective_cache_size": "4GB",
}


class ThrowAway:
    """One cluster in a temporary directory, reached through a socket."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs on the data directory."""
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        user = ACCOUNT if os.geteuid() == 0 else None
        subprocess.run(command, check=True, user=user, cwd=self.folder, stdout=subprocess.DEVNULL)

    def restart(self) -> None:
        """Stop and start: shared buffers are empty afterwards."""
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-m", "fast", "restart")

    def connect(self, database: str = "shop") -> psycopg.Connection[Any]:
        """A session of the superuser, each statement a transaction."""
        return psycopg.connect(host=str(self.folder), user="corpus", dbname=database, autocommit=True)


@contextmanager
def started(binaries: Path) -> Iterator[ThrowAway]:
    """A server of these binaries; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="plans-"))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT)
    server = ThrowAway(binaries, folder)
    settings = {**SETTINGS, "unix_socket_directories": str(folder)}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    try:
        server.run("initdb", "-U", "corpus", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        server.run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
