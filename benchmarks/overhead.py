"""What queryscope costs, beside the tools one could use instead: one run, interleaved, as ratios.

    python benchmarks/overhead.py [--rounds 10]

Makes its own environment and database under .data/benchmarks/ and prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import environment
import peers
import report
from goals import Number, table
from workers import Worker

HERE = Path(__file__).resolve().parent
ALONE = ("capture_cost", "memory", "imports", "huge_statement")
PAGES = {200: 5, 20: 20}  # queries of a request, and requests in a turn
WARM_UP = 3
HOOK_ROUNDS = 12
SLOW_US, SLOW_ROUNDS = 100.0, 3  # a hook that takes longer gets fewer rounds
DEPTHS = (17, 57)


def main() -> None:
    """Install, measure turn by turn, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="turns of each tool (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=peers.NAMES, default=peers.NAMES, metavar="TOOL")
    chosen = parser.parse_args()
    tools = {name: peers.find(name) for name in chosen.only}
    _progress("installing into .data/benchmarks/")
    python, refused = environment.make([tool.requirement for tool in tools.values() if tool.requirement])
    tools = {name: tool for name, tool in tools.items() if tool.requirement not in refused}
    run = Run(python)
    requests = run.requests(list(tools), chosen.rounds)
    installed = [tool.requirement for tool in tools.values() if tool.requirement]
    versions = environment.versions(python, [*installed, "django"])
    titles = {
        name: f"{tool.title} {versions.get(tool.requirement, '')}".strip() for name, tool in tools.items()
    }
    print(f"{_machine(versions['django'])}\n")
    print(report.request_table(requests, titles, {name: tool.note for name, tool in tools.items()}))
    print(report.hook_table(run.hooks(list(tools)), titles), flush=True)
    print(table([*report.ratios(requests, titles), *run.numbers()]))
    for requirement, reason in refused.items():
        print(f"\n{requirement} is not in the tables: {reason}")


class Run:
    """The processes of one run, all with the same interpreter, database and environment."""

    def __init__(self, python: Path) -> None:
        self.python = python
        self.environ = {
            **os.environ,
            "PYTHONPATH": str(HERE.parent / "src"),
            "DATABASE_URL": self._database(),
        }

    def requests(self, names: Sequence[str], rounds: int) -> report.Requests:
        """Requests in turns, A B C … A B C: what disturbs one of them disturbs its neighbours."""
        with Worker(self.python, "silk" if "silk" in names else "bare", "request", self.environ) as worker:
            worker.ask("tables")
        found = report.Requests()
        with ExitStack() as stack:
            workers = [
                stack.enter_context(Worker(self.python, name, "request", self.environ))
                for name in ("bare", *names)
            ]
            for queries in PAGES:
                for worker in workers:  # the most, since warnings are told once
                    told = max(worker.ask("told", queries) for _ in range(WARM_UP))
                    found.told[worker.name, queries] = told
            for number in range(1, rounds + 1):
                _progress(f"requests, round {number} of {rounds}")
                for queries, times in PAGES.items():
                    for worker in workers:
                        turn = worker.ask("request", queries, times)
                        found.turns[worker.name, queries].append(turn)
        return found

    def hooks(self, names: Sequence[str]) -> report.Hooks:
        """Rounds of the recipe, in turns; the best counts."""
        found: report.Hooks = defaultdict(lambda: float("inf"))
        with ExitStack() as stack:
            workers = [
                stack.enter_context(Worker(self.python, name, "hook", self.environ))
                for name in ("bare", *(name for name in names if peers.find(name).hook))
            ]
            floors = workers[0].ask("floors")
            for number in range(1, HOOK_ROUNDS + 1):
                _progress(f"hooks, round {number} of {HOOK_ROUNDS}")
                for depth in DEPTHS:
                    for floor in floors:
                        found[floor, depth] = min(found[floor, depth], workers[0].ask("floor", floor, depth))
                    for worker in workers[1:]:
                        key = worker.name, depth
                        if number > SLOW_ROUNDS and found[key] > SLOW_US:
                            continue
                        found[key] = min(found[key], worker.ask("hook", depth))
        return found

    def numbers(self) -> list[Number]:
        """What only queryscope is asked for."""
        found: list[Number] = []
        for module in ALONE:
            _progress(module)
            told = self._output(str(HERE / f"{module}.py"), "--json")
            found += [Number(**values) for values in json.loads(told.splitlines()[-1])]
        return found

    def _database(self) -> str:
        # Its binaries are found in the environment that was just made.
        packages = self._output("-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        sys.path += [packages.strip(), str(HERE.parent / "sample_project")]
        import postgres

        return postgres.ensure_alone(environment.DATA / "postgres")

    def _output(self, *arguments: str) -> str:
        environ = getattr(self, "environ", None)
        done = subprocess.run(
            [str(self.python), *arguments], env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"overhead: {' '.join(arguments)} failed.\n{done.stderr[-3000:]}")
        return done.stdout


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _machine(django: str) -> str:
    """Where and when: numbers without them say nothing."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"Python {platform.python_version()}, Django {django}; {os.cpu_count()} × {model}, "
        f"{platform.system()}, {load}; {date.today().isoformat()}"
    )


if __name__ == "__main__":
    main()
