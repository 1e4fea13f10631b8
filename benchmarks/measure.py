"""A process with one tool in it, told line by line what to measure: `measure.py TOOL request|hook`.

Tools patch Django, each in its way: in one process they would measure each other. So each has its own, and
they take turns. What a tool prints goes to a file; answers go to the standard output, a line of JSON each.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / ".data" / "benchmarks"
MOST_QUERIES = 200


class Worker:
    """One tool, installed as its documentation says."""

    def __init__(self, name: str, output: Path, *, is_debugging: bool) -> None:
        from django.core.handlers.wsgi import WSGIHandler

        self.tool = _configure(name, is_debugging=is_debugging)
        self.output = output
        self.handler = WSGIHandler()
        self._hook: Any = None
        self._held = ExitStack()

    def tables(self) -> None:
        """Empty tables, filled; and those that silk wants."""
        from django.core.management import call_command
        from django.db import connection

        from workloads.lookups import Thing
        from workloads.models import Author, Book

        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            for model in (Thing, Author, Book):
                editor.create_model(model)
        Thing.objects.create(name="thing")
        authors = Author.objects.bulk_create(Author(name=f"author {n}") for n in range(MOST_QUERIES))
        Book.objects.bulk_create(Book(title=f"book of {author}", author=author) for author in authors)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def told(self, queries: int) -> int:
        """Ask once, look at the page, and hear what the tool tells: who doesn't record costs nothing."""
        before = self.output.stat().st_size
        response, body = self._ask(queries)
        sys.stdout.flush()
        sys.stderr.flush()
        if response.status_code != 200 or body.count(b"<li>book of author") != queries - 1:
            raise RuntimeError(f"That is no page of {queries} queries: {response.status_code} {body[:300]!r}")
        written = self.output.read_bytes()[before:].decode(errors="replace")
        return self.tool.told(response, written) if self.tool.told else queries

    def request(self, queries: int, times: int) -> dict[str, float]:
        """CPU and wall milliseconds of a request, from the first middleware to `close()`.

        The garbage collector runs when it will: tools that allocate much pay for it, as in a server.
        """
        wall, cpu = perf_counter(), process_time()
        for _ in range(times):
            self._ask(queries)
        cpu, wall = process_time() - cpu, perf_counter() - wall
        return {"cpu_ms": cpu / times * 1000, "wall_ms": wall / times * 1000}

    def hook(self, depth: int) -> float:
        """One round of the recipe with the tool's hook."""
        from recipe import as_cursor_method, as_wrapper, round_us

        gc.collect()
        if self._hook is None:
            self._hook = self._held.enter_context(self.tool.hook())
        hook, noted = self._hook
        is_ours = self.tool.title == "queryscope"
        return round_us(hook, depth, noted, as_cursor_method if is_ours else as_wrapper)

    def floors(self) -> list[str]:
        """What a hook can't be cheaper than."""
        from floors import FLOORS

        return list(FLOORS)

    def floor(self, name: str, depth: int) -> float:
        """One round of the recipe with a floor."""
        from floors import FLOORS, noted
        from recipe import no_op, round_us

        return round_us(FLOORS[name], depth, None if FLOORS[name] is no_op else noted)

    def _ask(self, queries: int) -> tuple[Any, bytes]:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": f"/books/{queries}/",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.input": io.BytesIO(),
            "wsgi.url_scheme": "http",
        }
        response = self.handler(environ, lambda *_: None)
        body = b"".join(response)
        response.close()
        return response, body


def _configure(name: str, *, is_debugging: bool) -> Any:
    """Set Django up with that tool only; returns the tool."""
    sys.path[:0] = [str(HERE), str(HERE.parent / "sample_project")]
    import django
    from django.conf import settings

    from config.database_url import parse_database_url
    from peers import find

    tool = find(name)
    database = {**parse_database_url(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": None}
    templates = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
    values = {
        "DEBUG": is_debugging,  # for requests: some tools are off without it
        "SECRET_KEY": "benchmark",
        "ALLOWED_HOSTS": ["localhost"],
        "INTERNAL_IPS": ["127.0.0.1"],
        "BASE_DIR": HERE / "workloads",
        "DATABASES": {"default": database},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [*tool.apps, "workloads"],
        "MIDDLEWARE": list(tool.middleware),
        "ROOT_URLCONF": "workloads.urls",
        "STATIC_URL": "/static/",
        "TEMPLATES": [templates],
        "USE_TZ": True,
    }
    settings.configure(**values, **tool.settings)
    django.setup()
    return tool


def main() -> None:
    """Answer until the input ends."""
    name, what = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    output = DATA / f"output-{os.getpid()}.txt"
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    worker = Worker(name, output, is_debugging=what == "request")
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        print(json.dumps(getattr(worker, command)(*arguments)), file=answers, flush=True)
    output.unlink()


if __name__ == "__main__":
    main()
