"""Owns the embedded PostgreSQL server that the demo and the tests run on.

    python sample_project/postgres.py run [--data DIR] -- COMMAND …

runs COMMAND with DATABASE_URL set to a server in DIR, which is started, or joined when another
process runs it already. The last process to leave stops it. Where DATABASE_URL is set before,
it is used untouched and no server is started. Settings only ever read DATABASE_URL.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedded_server import InUseError, PostgresError, Server

DEFAULT_DATA_DIR = Path(__file__).resolve().parent.parent / ".data" / "postgres"
MOST_SERVERS = 32


def ensure(data_dir: Path | str = DEFAULT_DATA_DIR) -> str:
    """The URL of a database: DATABASE_URL, else a server that runs until this process ends."""
    return os.environ.get("DATABASE_URL") or hold(Server(Path(data_dir)))


def ensure_alone(data_dir: Path) -> str:
    """Like `ensure`, but never shared: a second process gets DIR-2, a third one DIR-3."""
    if given := os.environ.get("DATABASE_URL"):
        return given
    for name in (data_dir.name, *(f"{data_dir.name}-{number}" for number in range(2, MOST_SERVERS + 1))):
        with contextlib.suppress(InUseError):
            return hold(Server(data_dir.with_name(name)), alone=True)
    raise InUseError(f"{MOST_SERVERS} processes use servers beside {str(data_dir)!r}. Wait for one to end.")


def hold(server: Server, *, alone: bool = False) -> str:
    """Join until this process ends; its forked children run its exit handlers too, and don't leave."""
    url = server.join(alone=alone)
    process = os.getpid()
    atexit.register(lambda: server.leave() if os.getpid() == process else None)
    return url


def run(command: Sequence[str], *, data_dir: Path, environment: Mapping[str, str]) -> int:
    """Run a command with DATABASE_URL set; return its exit code as a shell would."""
    if environment.get("DATABASE_URL"):
        return run_command(command, environment=environment)
    server = Server(data_dir)
    url = server.join()
    try:
        return run_command(command, environment={**environment, "DATABASE_URL": url})
    finally:
        server.leave()


def run_command(command: Sequence[str], *, environment: Mapping[str, str]) -> int:
    """Run a command to its end, through Ctrl-C (which it gets too) and passing SIGTERM on."""
    try:
        child = subprocess.Popen(command, env=dict(environment))
    except OSError as error:
        print(f"postgres: can't run {shlex.join(command)}: {error.strerror}.", file=sys.stderr)
        return 127
    passed_on = (signal.SIGTERM, signal.SIGHUP)
    previous = [signal.signal(number, lambda *_: child.terminate()) for number in passed_on]
    try:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                code = child.wait()
                return code if code >= 0 else 128 - code
    finally:
        for number, handler in zip(passed_on, previous, strict=True):
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="postgres.py", description="Run a command on an embedded PostgreSQL."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run", help="run a command with DATABASE_URL set")
    runner.add_argument(
        "--data", type=Path, default=DEFAULT_DATA_DIR, metavar="DIR", help="data directory (%(default)s)"
    )
    runner.add_argument("argv", nargs="+", metavar="COMMAND", help="the command and its arguments, after --")
    chosen = parser.parse_args(arguments)
    try:
        return run(chosen.argv, data_dir=chosen.data, environment=os.environ)
    except (PostgresError, OSError) as error:
        print(f"postgres: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
