"""Management commands as units: `manage.py queryscope run …`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections

from catalog.models import Product
from queryscope import commands
from queryscope.analysis.shapes import query_count
from queryscope.capture.state import ACTIVE
from queryscope.commands import CommandRun, UnknownCommandError
from queryscope.config import Config
from queryscope.model import Capture, Origin
from tests.capture.shop import add_products
from tests.doors import QUIET, Site, assert_nothing_is_left, forgiven_faults, site
from tests.pages.background import brands, shelf
from tests.suites import Project, project

# A command closes its connections at its end.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reports"])


SILENCED = ["admin.E408", "admin.E409", "admin.E410"]  # the middleware that the tests' site leaves out
ENDS: dict[str, BaseException] = {
    "exit": SystemExit(3),
    "exit 0": SystemExit(0),
    "words": SystemExit("words"),
    "ctrl-c": KeyboardInterrupt(),
    "error": ValueError("zqzq-secret"),
    "import": ImportError("nothing"),
    "command error": CommandError("no such order", returncode=9),
}


class Import(BaseCommand):
    """A command that can end in every way."""

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("token", nargs="?", default="")
        parser.add_argument("--html", default="")
        parser.add_argument("--end", default="")

    def handle(self, *_: Any, **options: Any) -> None:
        self.stdout.write(f"own output {options['html']}")
        shelf()
        brands.apply()
        assert ACTIVE.get() is not None
        if options["end"]:
            raise ENDS[options["end"]]


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    known = commands.get_commands()
    monkeypatch.setattr(commands, "get_commands", lambda: {**known, "import_orders": Import()})
    with site(tmp_path, DEBUG=False, SILENCED_SYSTEM_CHECKS=SILENCED) as found:
        yield found
    assert_nothing_is_left()


def run(*arguments: str) -> tuple[str, str]:
    """What the profile prints, on either stream."""
    out, err = StringIO(), StringIO()
    call_command("queryscope", "run", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def told(captures: list[Capture]) -> list[tuple[str, str, str, int]]:
    return [
        (each.trace.origin.kind, each.trace.origin.label, each.trace.origin.parent, query_count(each.trace))
        for each in captures
    ]


def test_a_command_is_a_unit_and_so_is_each_task_within(
    pages: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    add_products(3)
    out, err = run("import_orders", "zqzq-secret", "--end", "")
    assert out == ""
    assert capsys.readouterr().out == "own output \n"
    assert "1 command, 1 task · 8 queries" in err
    assert "1. N+1 on Product.brand  tests/pages/background.py:" in err
    assert 'select_related("brand")' in err
    assert told(pages.captures) == [
        ("command", "import_orders", "", 4),
        ("task", "shop.tasks.brands", "import_orders", 4),
    ]
    for file in pages.store.path.glob("*.json"):
        assert "zqzq" not in file.read_text()


@pytest.mark.parametrize(("end", "expected"), [("", True), ("error", False)])
def test_reads_are_observed_and_told_of_a_command_that_came_to_its_end(
    tmp_path: Path, end: str, expected: bool
) -> None:
    add_products(2)
    with suppress(ValueError):
        run("--json", "r.json", "import_orders", "--end", end)
    command, *tasks = json.loads((tmp_path / "r.json").read_text())["traces"]
    assert (command["origin"]["kind"], command["saw_reads"]) == ("command", expected)
    assert all(each["saw_reads"] for each in tasks)


def test_its_report_shows_it_afterwards(tmp_path: Path) -> None:
    add_products(2)
    run("import_orders")
    out = StringIO()
    call_command("queryscope", "report", "--json", "r.json", stdout=out)
    traces = json.loads((tmp_path / "r.json").read_text())["traces"]
    assert [trace["origin"] for trace in traces] == [
        {"kind": "command", "label": "import_orders", "parent": ""},
        {"kind": "task", "label": "shop.tasks.brands", "parent": "import_orders"},
    ]


def test_options_before_the_name_are_ours_and_those_after_it_are_the_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_products(2)
    _, err = run("--html", "ours.html", "--json", "ours.json", "import_orders", "--html", "theirs.html")
    assert capsys.readouterr().out == "own output theirs.html\n"
    assert sorted(path.name for path in tmp_path.glob("*.[hj]*")) == ["ours.html", "ours.json"]
    assert str(tmp_path / "ours.html") in err


@pytest.mark.parametrize(
    ("end", "raised", "code"),
    [
        ("exit", SystemExit, 3),
        ("exit 0", SystemExit, 0),
        ("words", SystemExit, "words"),
        ("command error", SystemExit, 9),
        ("ctrl-c", KeyboardInterrupt, None),
        ("error", ValueError, None),
        ("import", ImportError, None),
    ],
)
def test_however_it_ends_its_end_passes_through_and_it_is_told(
    pages: Site, end: str, raised: type[BaseException], code: Any
) -> None:
    err = StringIO()
    with pytest.raises(raised) as caught:
        call_command("queryscope", "run", "import_orders", "--end", end, stderr=err)
    assert getattr(caught.value, "code", None) == code
    assert "1 command, 1 task" in err.getvalue()
    assert "zqzq" not in err.getvalue()
    assert len(pages.captures) == 2


def test_an_unknown_command_is_told_with_the_nearest() -> None:
    with pytest.raises(CommandError, match=r"no command 'migrat'. Did you mean 'migrate'\?") as caught:
        run("migrat")
    assert caught.value.returncode == 2
    with pytest.raises(UnknownCommandError):
        CommandRun("migrat", QUIET, [].append)


def test_a_command_that_cannot_be_imported_fails_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "get_commands", lambda: {"broken": "no_such_app"})
    with pytest.raises(ModuleNotFoundError, match="no_such_app"):
        run("broken")


def test_a_command_of_django_runs_as_ever(pages: Site, capsys: pytest.CaptureFixture[str]) -> None:
    add_products(2)
    call_command("dumpdata", "catalog.Brand")
    expected = capsys.readouterr().out
    run("dumpdata", "catalog.Brand")
    assert capsys.readouterr().out == expected
    assert told(pages.captures) == [("command", "dumpdata", "", 1)]


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="Can't write") as caught:
        run("--html", "file/r.html", "import_orders")
    assert caught.value.returncode == 2


def test_the_commands_own_failure_counts_more_than_ours(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    err = StringIO()
    failing = ["run", "--html", "file/r.html", "import_orders", "--end", "error"]
    with pytest.raises(ValueError, match="zqzq-secret"):
        call_command("queryscope", *failing, stderr=err)
    assert "Can't write" in err.getvalue()


def test_what_could_not_be_recorded_is_queryscopes_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from queryscope import units

    monkeypatch.setattr(units, "begin", None)
    with forgiven_faults():
        with pytest.raises(CommandError, match="could not record") as caught:
            run("createcachetable", "--dry-run")
        assert caught.value.returncode == 75


def test_tasks_are_held_up_to_a_bound() -> None:
    captures: list[Capture] = []
    with CommandRun("migrate", Config(explain="off", keep=5), captures.append) as profiled:
        for _ in range(70):
            brands.apply()
        Product.objects.count()
    assert told(profiled.captures)[-1] == ("command", "migrate", "", 1)
    assert len(profiled.captures) == 6
    assert profiled.notes == ["65 more tasks ran within migrate (KEEP is 5)"]


def test_a_command_that_ran_no_task_has_nothing_left_out() -> None:
    with CommandRun("migrate", QUIET, [].append) as profiled:
        Product.objects.count()
    assert profiled.notes == []
    assert profiled.captures[0].trace.origin == Origin(kind="command", label="migrate")


def test_the_stack_ends_where_the_command_line_begins(pages: Site) -> None:
    run("import_orders")
    command = pages.captures[0].trace
    assert {group.stack[-1].function for group in command.groups} == {"Import.handle"}


def test_many_queries_are_counted_and_not_held(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    class Long(BaseCommand):
        def handle(self, *_: Any, **__: Any) -> None:
            with connections["default"].cursor() as cursor:
                for number in range(15_000):
                    cursor.execute("SELECT %s", [number])

    monkeypatch.setattr(commands, "get_commands", lambda: {"long": Long()})
    _, err = run("long")
    (capture,) = pages.captures
    assert query_count(capture.trace) == 15_000
    assert (len(capture.trace.queries), capture.trace.dropped_queries) == (10_000, 5_000)
    assert "5000 executions are counted but not listed one by one" in err


# In a process of its own


COMMAND = """
    import os, sys
    from django.core.management.base import BaseCommand, CommandError
    from django.db import connection

    class Command(BaseCommand):
        def add_arguments(self, parser):
            parser.add_argument("end")

        def handle(self, *args, **options):
            with connection.cursor() as cursor:
                for number in range(4):
                    cursor.execute("SELECT %s", [f"zqzq{number}"])
            self.stdout.write("done")
            if options["end"] == "error":
                raise CommandError("no such order", returncode=9)
            if options["end"] == "raise":
                raise ImportError("zqzq-module")
            if options["end"] != "fine":
                sys.exit(int(options["end"]) if options["end"].isdigit() else options["end"])
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with project(tmp_path_factory.mktemp("shop"), f"queryscope_commands_{os.getpid()}") as made:
        for name in ("shop/management/__init__.py", "shop/management/commands/__init__.py"):
            made.write(name, "")
        made.write("shop/management/commands/nightly.py", COMMAND)
        made.write(
            "settings.py", made.read("settings.py") + 'INSTALLED_APPS += ["queryscope"]\nDEBUG = False\n'
        )
        yield made


@pytest.mark.parametrize(("end", "code"), [("fine", 0), ("3", 3), ("words", 1), ("error", 9), ("raise", 1)])
def test_the_exit_code_is_the_commands_own(shop: Project, end: str, code: int) -> None:
    alone = shop.run("manage.py", "nightly", end)
    ended = shop.run("manage.py", "queryscope", "run", "nightly", end)
    assert (ended.returncode, ended.stdout) == (alone.returncode, alone.stdout) == (code, "done\n")
    assert "1 command · 4 queries" in ended.stderr
    assert alone.stderr.strip().rpartition("\n")[2] in ended.stderr.splitlines() or not alone.stderr


@pytest.mark.parametrize(("end", "code"), [("0", 0), ("words", 1), ("raise", 1)])
def test_the_console_script_exits_as_the_command_does(shop: Project, end: str, code: int) -> None:
    program = "import sys; from queryscope.cli import main; sys.exit(main())"
    ended = shop.run("-c", program, "run", "nightly", end, DJANGO_SETTINGS_MODULE="settings")
    assert (ended.returncode, ended.stdout) == (code, "done\n")
    assert "1 command · 4 queries" in ended.stderr
    assert "the settings can't be imported" not in ended.stderr


def test_its_lines_are_named_without_those_of_manage_py(shop: Project) -> None:
    shop.run("manage.py", "queryscope", "run", "--json", "run.json", "nightly", "fine")
    example = json.loads(shop.read("run.json"))["queries"][0]["example"]
    assert [(frame["path"], frame["function"]) for frame in example["stack"]] == [
        ("shop/management/commands/nightly.py", "Command.handle")
    ]
    assert "zqzq" not in shop.read("run.json")


def test_a_usage_error_of_the_command_is_its_own(shop: Project) -> None:
    ended = shop.run("manage.py", "queryscope", "run", "nightly")
    assert ended.returncode == 2
    assert "nightly: error: the following arguments are required: end" in ended.stderr
