"""The embedded server is shared, repaired and stopped, and takes nothing from other users."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import embedded_server
import postgres
from embedded_server import InUseError, PostgresError, Server
from tests import early

SCRIPT = Path(postgres.__file__)
PRINT_URL = (sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])")
WAIT_FOR_STDIN = (
    sys.executable,
    "-c",
    "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()",
)

Join = Callable[..., Server]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A directory outside of pytest's own, which each starting pytest closes to root's server."""
    made = Path(tempfile.mkdtemp(prefix="queryscope-test-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def join() -> Iterator[Join]:
    """Joins servers; all are left when the test is over."""
    joined: list[Server] = []

    def join(data_dir: Path, **options: Any) -> Server:
        server = Server(data_dir)
        server.join(**options)
        joined.append(server)
        return server

    yield join
    for server in joined:
        server.leave()


@pytest.fixture(autouse=True)
def no_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")


def command_line(*command: str, data: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-W", "error", str(SCRIPT), "run", "--data", str(data), "--", *command]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False, **options)


def start_command_line(*command: str, data: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(SCRIPT), "run", "--data", str(data), "--", *command]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(url: str, question: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def keep_answer(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def number_of_server(server: Server) -> int:
    return int((server.cluster / "postmaster.pid").read_text().split("\n")[0])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "It didn't happen within 30 seconds."
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# --- The command ---------------------------------------------------------------------------------


def test_a_command_finds_its_database_and_the_server_stops_after_it(tmp_path: Path) -> None:
    program = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SELECT 6 * 7").fetchone())
"""
    done = command_line(sys.executable, "-c", program, data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (0, "(42,)\n")
    assert not (tmp_path / "data/cluster/postmaster.pid").exists()


def test_data_is_kept_from_run_to_run(tmp_path: Path, join: Join) -> None:
    first = join(tmp_path / "data")
    keep_answer(first.url)
    first.leave()
    assert ask(join(tmp_path / "data").url, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("code", [0, 1, 75])
def test_the_exit_code_of_the_command_is_passed_on(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/shop")
    command = (sys.executable, "-c", f"raise SystemExit({code})")
    assert postgres.run(command, data_dir=Path("unused"), environment=os.environ) == code


def test_a_command_that_a_signal_ends_exits_as_in_a_shell() -> None:
    command = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert postgres.run_command(command, environment=os.environ) == 128 + signal.SIGKILL


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert postgres.run_command(["no-such-command"], environment=os.environ) == 127
    assert "no-such-command: No such file or directory." in capsys.readouterr().err


def test_a_termination_reaches_the_command_and_stops_the_server(tmp_path: Path) -> None:
    runner = start_command_line(*WAIT_FOR_STDIN, data=tmp_path)
    assert runner.stdout is not None
    assert runner.stdout.readline().startswith("postgresql://")
    runner.terminate()
    assert runner.wait(30) == 128 + signal.SIGTERM
    assert not (tmp_path / "cluster/postmaster.pid").exists()


def test_a_database_url_is_used_untouched_and_nothing_is_started(tmp_path: Path) -> None:
    given = "postgresql://user:p%40ss@elsewhere:6543/shop?sslmode=require"
    done = command_line(*PRINT_URL, data=tmp_path / "data", env=os.environ | {"DATABASE_URL": given})
    assert (done.returncode, done.stdout) == (0, given + "\n")
    assert not (tmp_path / "data").exists()


def test_a_given_database_url_is_enough_for_importers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/shop")
    assert postgres.ensure(tmp_path / "data") == "postgresql://elsewhere/shop"
    assert postgres.ensure_alone(tmp_path / "data") == "postgresql://elsewhere/shop"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_url_counts_as_none(tmp_path: Path) -> None:
    done = command_line(*PRINT_URL, data=tmp_path, env=os.environ | {"DATABASE_URL": ""})
    assert done.stdout.startswith("postgresql://postgres@:5432/postgres?host=")


def test_an_error_is_one_sentence_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").touch()
    done = command_line(*PRINT_URL, data=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("postgres: The directory")
    assert "Traceback" not in done.stderr


# --- Sharing -------------------------------------------------------------------------------------


def test_the_last_of_several_processes_stops_the_server(tmp_path: Path, join: Join) -> None:
    other = start_command_line(*WAIT_FOR_STDIN, data=tmp_path)
    assert other.stdout is not None
    url = other.stdout.readline().strip()
    here = join(tmp_path)
    assert here.url == url
    other.communicate(timeout=30)
    assert ask(here.url, "SELECT 1") == 1
    here.leave()
    assert not here.is_ready()


def test_leaving_twice_leaves_the_others_their_server(tmp_path: Path, join: Join) -> None:
    first, second = join(tmp_path), join(tmp_path)
    first.leave()
    first.leave()
    assert second.is_ready()


def test_one_that_wants_to_be_alone_refuses_company(tmp_path: Path, join: Join) -> None:
    join(tmp_path, alone=True)
    with pytest.raises(InUseError, match="Another process uses the server"):
        join(tmp_path)
    with pytest.raises(InUseError):
        join(tmp_path, alone=True)


def test_one_that_wants_to_be_alone_does_not_push_in(tmp_path: Path, join: Join) -> None:
    shared = join(tmp_path)
    with pytest.raises(InUseError):
        join(tmp_path, alone=True)
    assert shared.is_ready()


def test_a_second_suite_gets_a_server_of_its_own(tmp_path: Path, join: Join) -> None:
    join(tmp_path / "corner", alone=True)
    program = (
        f"import postgres, pathlib; print(postgres.ensure_alone(pathlib.Path({str(tmp_path / 'corner')!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=SCRIPT.parent, capture_output=True, text=True, check=True
    )
    assert "/corner-2/" in done.stdout
    assert not (tmp_path / "corner-2/cluster/postmaster.pid").exists()


def test_a_forked_child_does_not_stop_its_parents_server(tmp_path: Path) -> None:
    program = """
import os, sys, postgres, psycopg
url = postgres.ensure(sys.argv[1])
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
print(psycopg.connect(url).execute("SELECT 1").fetchone()[0])
"""
    arguments = [sys.executable, "-c", program, str(tmp_path / "data")]
    done = subprocess.run(arguments, cwd=SCRIPT.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert not (tmp_path / "data/cluster/postmaster.pid").exists()


# --- What killed runs leave ----------------------------------------------------------------------


def test_a_server_that_a_killed_run_left_is_joined_and_stopped(tmp_path: Path, join: Join) -> None:
    killed = start_command_line(*WAIT_FOR_STDIN, data=tmp_path)
    assert killed.stdout is not None
    killed.stdout.readline()
    killed.kill()
    killed.communicate()
    server = Server(tmp_path)
    left_over = number_of_server(server)
    again = join(tmp_path)
    assert number_of_server(again) == left_over
    again.leave()
    wait_until(lambda: not is_alive(left_over))


def test_a_killed_server_is_started_again(tmp_path: Path, join: Join) -> None:
    killed = join(tmp_path)
    keep_answer(killed.url)
    pid = number_of_server(killed)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))
    killed.leave()
    again = join(tmp_path)
    assert number_of_server(again) != pid
    assert ask(again.url, "SELECT answer FROM kept") == 42


def test_a_query_that_outlives_its_killed_server_is_waited_for(tmp_path: Path, join: Join) -> None:
    killed = join(tmp_path)
    busy = "SELECT count(*) FROM generate_series(1, 6000000)"
    client = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import psycopg, sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])",
            killed.url,
            busy,
        ],
        stderr=subprocess.DEVNULL,
    )
    wait_until(
        lambda: (
            ask(
                killed.url,
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM gen%'",
            )
            == 1
        )
    )
    pid = number_of_server(killed)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))
    killed.leave()
    assert ask(join(tmp_path).url, "SELECT 1") == 1
    client.wait(30)


def test_a_process_that_got_a_dead_servers_number_is_not_taken_for_it(tmp_path: Path, join: Join) -> None:
    join(tmp_path).leave()
    server = Server(tmp_path)
    stale = f"{os.getpid()}\n{server.cluster}\n1700000000\n5432\n{server.socket_dir}\n\n  1 1\nready\n"
    (server.cluster / "postmaster.pid").write_text(stale)
    (server.socket_dir / ".s.PGSQL.5432.lock").write_text(stale)
    (server.socket_dir / ".s.PGSQL.5432").touch()
    assert ask(join(tmp_path).url, "SELECT 1") == 1


@pytest.mark.parametrize("content", ["", "not a number\n", "-1\n"])
def test_a_pid_file_that_was_cut_short_is_repaired(tmp_path: Path, join: Join, content: str) -> None:
    join(tmp_path).leave()
    (tmp_path / "cluster/postmaster.pid").write_text(content)
    assert join(tmp_path).is_ready()


def test_an_interrupted_initdb_is_done_again(tmp_path: Path, join: Join) -> None:
    (tmp_path / "users").touch()
    (tmp_path / "cluster.new/base").mkdir(parents=True)
    (tmp_path / "cluster").mkdir()
    assert ask(join(tmp_path).url, "SELECT 1") == 1
    assert not (tmp_path / "cluster.new").exists()


def test_a_server_that_hangs_is_named(tmp_path: Path, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server, "LEFTOVER_TIMEOUT_S", 0.2)
    hanging = join(tmp_path)
    pid = number_of_server(hanging)
    os.kill(pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(Server, "is_ready", lambda self: False)
        with pytest.raises(
            PostgresError, match=rf"{pid} of .* doesn't answer. End it with `kill -QUIT {pid}`"
        ):
            join(tmp_path)
    finally:
        os.kill(pid, signal.SIGCONT)


def test_broken_data_shows_the_log_and_the_way_out(tmp_path: Path, join: Join) -> None:
    join(tmp_path).leave()
    (tmp_path / "cluster/global/pg_control").write_bytes(b"nonsense")
    with pytest.raises(PostgresError) as caught:
        join(tmp_path)
    assert "doesn't start" in str(caught.value)
    assert "pg_control" in str(caught.value)
    assert f"remove {str(tmp_path)!r} and run the command once more" in str(caught.value)


def test_a_project_that_was_moved_finds_its_data(tmp_path: Path, join: Join) -> None:
    join(tmp_path / "before").leave()
    (tmp_path / "before").rename(tmp_path / "after")
    assert ask(join(tmp_path / "after").url, "SELECT 1") == 1


# --- Other people's directories ------------------------------------------------------------------


def test_a_directory_of_another_user_is_refused_by_name_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = embedded_server.owner_name(os.geteuid())
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    before = tmp_path.stat()
    with pytest.raises(
        PostgresError, match=rf"belongs to {owner}, and this is user 54321. Run as {owner}, or"
    ):
        Server(tmp_path).join()
    assert list(tmp_path.iterdir()) == []
    assert (tmp_path.stat().st_uid, tmp_path.stat().st_mode) == (before.st_uid, before.st_mode)


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(PostgresError, match="holds something else than an embedded server"):
        Server(tmp_path).join()
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_place_where_nothing_can_be_made_names_who_owns_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    owner = embedded_server.owner_name(os.geteuid())
    with pytest.raises(PostgresError, match=rf"Can't make the data directory .*belongs to {owner}"):
        Server(tmp_path / "file" / "data").join()


def test_a_users_number_stands_in_for_a_missing_name() -> None:
    assert embedded_server.owner_name(3_999_999_999) == "user 3999999999"


def test_the_cluster_belongs_to_the_server_and_the_directory_to_its_user(tmp_path: Path, join: Join) -> None:
    server = join(tmp_path)
    assert tmp_path.stat().st_uid == os.geteuid()
    assert server.cluster.stat().st_uid == server.account.uid != 0
    assert server.cluster.stat().st_mode & 0o077 == 0


def test_root_runs_the_server_as_an_unprivileged_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    account = embedded_server.Account.for_this_process()
    assert (account.name, account.is_other) == ("nobody", True)


def test_root_without_an_unprivileged_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded_server, "UNPRIVILEGED_USER", "no-such-user")
    with pytest.raises(PostgresError, match="no user 'no-such-user' to run it as"):
        embedded_server.Account.for_this_process()


# --- Paths and surroundings ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["with space", "it's, here", "100%", "größe", "a;b&c#d?e"])
def test_any_name_of_a_directory_will_do(tmp_path: Path, join: Join, name: str) -> None:
    assert ask(join(tmp_path / name).url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ['"quoted"', "$HOME", "`id`", "back\\slash", "two\nlines"])
def test_a_name_that_pg_ctl_would_hand_to_a_shell_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PostgresError, match="the path holds"):
        Server(tmp_path / name).join()
    assert list(tmp_path.iterdir()) == []


def test_a_path_too_long_for_a_socket_puts_the_socket_elsewhere(tmp_path: Path, join: Join) -> None:
    server = join(tmp_path / ("long" * 30))
    assert server.socket_dir.parent == Path("/tmp")
    assert server.socket_dir.stat().st_mode & 0o077 == 0
    assert ask(server.url, "SELECT 1") == 1
    server.leave()
    assert not server.socket_dir.exists()


def test_a_stand_in_for_a_long_path_is_not_taken_from_somebody_else(tmp_path: Path) -> None:
    server = Server(tmp_path / ("long" * 30))
    server.socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(PostgresError, match=r"too long for a Unix socket .* stand-in"):
            server.join()
    finally:
        server.socket_dir.unlink()


def test_surroundings_do_not_redirect_the_server(
    tmp_path: Path, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/nowhere", "LC_ALL": "xx_YY"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGOPTIONS", "-c no_such_setting=1")
    server = join(tmp_path)
    monkeypatch.delenv("PGOPTIONS")
    assert ask(server.url, "SELECT 1") == 1


def test_text_is_the_same_on_every_machine(tmp_path: Path, join: Join) -> None:
    assert ask(join(tmp_path).url, "SELECT upper('é') || min(x) FROM unnest(ARRAY['b', 'B']) AS x") == "ÉB"


def test_nobody_listens_on_the_network(tmp_path: Path, join: Join) -> None:
    assert ask(join(tmp_path).url, "SHOW listen_addresses") == ""


def test_parallel_queries_use_files_where_shared_memory_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        total = 64 * 1024 * 1024

    monkeypatch.setattr(embedded_server.shutil, "disk_usage", lambda path: Usage)
    monkeypatch.setattr(Path, "is_dir", lambda self: True)
    assert embedded_server.shared_memory_type() == "mmap"


def test_a_missing_wheel_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PostgresError, match=r"--group test.*or set DATABASE_URL"):
        embedded_server.binaries()


def test_a_strict_umask_at_installation_is_undone(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir(mode=0o700)
    (tmp_path / "bin/postgres").touch(mode=0o700)
    (tmp_path / "bin/postgres.conf").touch(mode=0o600)
    embedded_server.let_everyone_read(tmp_path)
    modes = [path.stat().st_mode & 0o777 for path in sorted(tmp_path.rglob("*"))]
    assert modes == [0o705, 0o705, 0o604]


def test_each_corner_has_a_directory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    here = early.corner_data_dir()
    monkeypatch.setattr(early.django, "VERSION", (9, 9, 0, "final", 0))
    assert early.corner_data_dir() == here.with_name(here.name.split("-django")[0] + "-django9.9")
