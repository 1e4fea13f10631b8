"""What other tools advise on the same cases, judged in the same way.

    python benchmarks/indexes/peers.py [--tool query_doctor index_optimizer] [--only SLUG…] [--verbose]

Makes an environment for each tool at first use. django-query-doctor watches a page, with its default
settings. django-index-optimizer reads pg_stat_statements, which the server has to load when it starts; a page
is run five times for it, as often as its default asks for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import answers
import cases as runner
import project_database

HERE = Path(__file__).resolve().parent
TOOLS = {  # what to install, the application to add
    "query_doctor": ("django-query-doctor", "query_doctor"),
    "index_optimizer": ("django-index-optimizer", "optimizer"),
}
PACKAGES = ("psycopg[binary]",)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tool", nargs="+", choices=TOOLS, default=list(TOOLS), help="by default all")
    parser.add_argument("--set", choices=project_database.SETS, default="first", help="%(default)s")
    parser.add_argument("--only", nargs="+", default=[], metavar="SLUG")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument(
        "--venvs",
        type=Path,
        default=Path(tempfile.gettempdir()) / "indexcases-venvs",
        metavar="DIR",
        help="where the environments are (%(default)s)",
    )
    chosen = parser.parse_args(arguments)
    of = project_database.SETS[chosen.set]
    preloaded = "pg_stat_statements" if "index_optimizer" in chosen.tool else ""
    project_database.set_up(preloaded=preloaded, of=of)
    for tool in chosen.tool:
        kept = of.results / f"{tool}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        slugs = [case.slug for case in answers.load_all(chosen.only, of=of)]
        heard = listen(tool, chosen.venvs, [chosen.set, *slugs])
        kept.write_text(json.dumps(heard, indent=1) + "\n", encoding="utf-8")
        print(f"\n{TOOLS[tool][0]}\n")
        more = ["--set", chosen.set, *(["--only", *chosen.only] if chosen.only else [])]
        runner.main(["score", "--asked", str(kept), *(["--verbose"] if chosen.verbose else []), *more])
    return 0


def listen(tool: str, venvs: Path, asked: Sequence[str]) -> dict[str, Any]:
    """What a tool said of each case: `asked` is a set and its slugs."""
    requirement, app = TOOLS[tool]
    done = subprocess.run(
        [str(environment(venvs / tool, requirement)), str(HERE / "peer_worker.py"), tool, *asked],
        env={**os.environ, "INDEXCASES_APPS": app},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"peers: {requirement} ended with {done.returncode}.\n{done.stderr}")
    heard: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return heard


def environment(folder: Path, requirement: str) -> Path:
    """The interpreter of a tool's environment, made at first use, with the Django of this process."""
    import django

    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        wanted = "django=={}.{}.*".format(*django.VERSION[:2])
        quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([str(python), *quiet, wanted, *PACKAGES, requirement], check=True)
        (folder / "made").touch()
    return python


if __name__ == "__main__":
    sys.exit(main())
