"""Seeds the marketplace, visits every page through the middleware, and writes what queryscope found.

    python sample_project/demo.py [--scale medium] [--html PATH] [--json PATH]

`make demo` starts a database for it first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# What differs from one answer to the next without meaning anything.
VOLATILE = re.compile(rb'(name="csrfmiddlewaretoken" value="|csrfToken": ")[^"]+')


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; 0 when the report is written."""
    options = _parser().parse_args(arguments)
    if not os.environ.get("DATABASE_URL"):
        print(
            "demo: DATABASE_URL is not set. `make demo` starts a PostgreSQL, or name one of yours.",
            file=sys.stderr,
        )
        return 2
    _set_up()
    if options.outcomes:
        options.outcomes.write_text(json.dumps(_outcomes_only()))
        return 0
    print("Preparing the database.", flush=True)
    _prepare(options.scale)
    report = _profile(is_verified=not options.no_verify)
    _write(report, options)
    return _faults()


def _faults() -> int:
    """1 if queryscope itself failed: a demo that hides it would show less than there is."""
    from queryscope.capture.state import FAULTS

    if FAULTS.count:
        print(f"demo: queryscope itself failed {FAULTS.count} times, see above.", file=sys.stderr)
    return min(FAULTS.count, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="demo")
    parser.add_argument(
        "--scale", choices=("small", "medium", "large"), default="medium", help="how much is seeded"
    )
    parser.add_argument(
        "--html", type=Path, default=ROOT / "queryscope-report.html", help="where the report goes"
    )
    parser.add_argument("--json", type=Path, help="where its JSON goes; beside the HTML by default")
    parser.add_argument("--no-verify", action="store_true", help="don't visit a copy with all edits applied")
    parser.add_argument("--outcomes", type=Path, help=argparse.SUPPRESS)
    return parser


def _set_up() -> None:
    sys.path.insert(0, str(HERE))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    # The report tells the same as the middleware's line for each request.
    logging.getLogger("queryscope.requests").setLevel(logging.ERROR)


def _prepare(scale: str) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed", scale=scale, no_input=True)


def _profile(*, is_verified: bool):
    """Visit every page through the middleware; the report of what it recorded."""
    from queryscope.profiler import current_config, report_on

    started = perf_counter()
    digests, captures, notes = visit_all()
    print(f"Visited {len(digests)} pages in {perf_counter() - started:.1f} s.", flush=True)
    report = report_on(captures, current_config(), missing=notes)
    if not is_verified:
        return report
    started = perf_counter()
    report = verify(report, outcomes_of(digests, captures))
    print(
        f"Visited them again in a copy with all edits applied, {perf_counter() - started:.1f} s.", flush=True
    )
    return report


def visit_all():
    """Every page once: digests of the answers by label, the captures, and what the store has to say."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from pages import all_pages
    from queryscope.profiler import current_config
    from queryscope.stored import open_store

    store = open_store(current_config())
    store.clear()
    user, _ = get_user_model().objects.get_or_create(username="demo", is_staff=True, is_superuser=True)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    digests = {}
    for number, path in enumerate(all_pages(), start=1):
        if sys.stdout.isatty():
            print(f"\r  {number} {path:<60}", end="", flush=True)
        response = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        if response.status_code != 200:
            raise SystemExit(f"demo: {path} answered {response.status_code}, not 200.")
        label = f"GET {response.resolver_match.route}"
        digests[label] = hashlib.sha256(VOLATILE.sub(b"", body)).hexdigest()
    if sys.stdout.isatty():
        print("\r" + " " * 70 + "\r", end="")
    return digests, *store.captures()


def outcomes_of(digests, captures):
    """What each page gave, by label."""
    from queryscope.analysis.shapes import query_count
    from queryscope.verify import Outcome

    return {
        capture.trace.origin.label: Outcome(
            queries=query_count(capture.trace),
            database_ms=sum(group.total_ms for group in capture.trace.groups),
            digest=digests[capture.trace.origin.label],
        )
        for capture in captures
        if capture.trace.origin.label in digests
    }


def _outcomes_only() -> dict[str, dict[str, object]]:
    from django.conf import settings

    settings.QUERYSCOPE = {**settings.QUERYSCOPE, "EXPLAIN": "off"}
    digests, captures, _ = visit_all()
    return {label: asdict(outcome) for label, outcome in outcomes_of(digests, captures).items()}


def verify(report, before):
    """Apply all edits to a copy of this project and visit it in a process of its own."""
    from queryscope.verify import Outcome, edited_copy, with_outcomes

    with tempfile.TemporaryDirectory(prefix="queryscope-") as folder:
        root, applied = edited_copy(report, Path(folder), folder=HERE.name)
        written = Path(folder, "outcomes.json")
        command = [sys.executable, str(root / HERE.name / "demo.py"), "--outcomes", str(written)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        if ended.returncode:
            print(f"demo: the copy with all edits failed:\n{ended.stderr or ended.stdout}", file=sys.stderr)
            return report
        after = {label: Outcome(**values) for label, values in json.loads(written.read_text()).items()}
    return with_outcomes(report, before, after, applied)


def _write(report, options) -> None:
    from queryscope.formats import render
    from queryscope.formats.terminal import summary, terminal_width, wants_color

    for path, name in ((options.json or options.html.with_suffix(".json"), "json"), (options.html, "html")):
        beside = path.with_name(path.name + ".part")
        beside.write_text(render(report, name), encoding="utf-8")
        beside.replace(path)
    color = wants_color(sys.stdout)
    print(summary(report, width=terminal_width(sys.stdout), color=color, path=str(options.html)), end="")


if __name__ == "__main__":
    sys.exit(main())
