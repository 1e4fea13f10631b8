"""A PgBouncer of the tests' own, in front of their server: transaction mode, few sessions for everybody."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PORT = 6543
UNPRIVILEGED = "nobody"  # whom the embedded server of root runs as, too: its socket is for nobody else
CONFIG = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr =
listen_port = {own_port}
unix_socket_dir = {directory}
auth_type = trust
auth_file = {directory}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 50
logfile = {directory}/log
pidfile = {directory}/pid
ignore_startup_parameters = extra_float_digits
"""


def find() -> str | None:
    """The program; Debian keeps it where PATH of a user does not look."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def is_required() -> bool:
    """Whether a missing program is an error, as in CI."""
    return os.environ.get("QUERYSCOPE_REQUIRE_CORNERS", "") not in {"", "0"}


@contextmanager
def pooler(settings: dict[str, Any], *, users: tuple[str, ...], size: int = 1) -> Iterator[Path]:
    """Run it before the server of these settings, with so many sessions; gives the directory of its socket.

    All users have the password of the settings, which an embedded server doesn't ask for.
    """
    program = find()
    assert program is not None, "This test needs PgBouncer: apt-get install pgbouncer."
    directory = Path(tempfile.mkdtemp(prefix="queryscope-pool-", dir="/tmp"))
    (directory / "users").write_text("".join(f'"{user}" "{settings["PASSWORD"]}"\n' for user in users))
    host, port = settings["HOST"] or "/tmp", settings["PORT"] or 5432
    config = CONFIG.format(host=host, port=port, own_port=PORT, directory=directory, size=size)
    (directory / "config.ini").write_text(config)
    command = [program, "-q", str(directory / "config.ini")]
    if os.geteuid() == 0:
        entry = pwd.getpwnam(UNPRIVILEGED)
        for path in (directory, *directory.iterdir()):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        command[1:1] = ["-u", UNPRIVILEGED]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(directory, process)
        yield directory
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(directory)


def _wait_for(directory: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(directory / f".s.PGSQL.{PORT}"))
            except OSError:
                assert process.poll() is None, (directory / "log").read_text()
                time.sleep(0.05)
            else:
                return
    raise AssertionError("PgBouncer does not answer.")
