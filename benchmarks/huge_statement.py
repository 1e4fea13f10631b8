"""What one huge statement costs: ten megabytes of text with a list of 50 000 elements.

    python benchmarks/huge_statement.py

A view runs it through the hook with an `execute` that returns at once; the middleware does everything that it
does for a request: capture, header, finish, store, console line. CPU of the request, less that of the
same request without queryscope; the best of several.
"""

from __future__ import annotations

import gc
import io
import tempfile
from time import process_time
from typing import Any

import alone
from goals import Number, tell

ELEMENTS = 50_000
CHARACTERS = 10_000_000
ROUNDS = 7


def main() -> None:
    """Measure the literals, and the same as parameters."""
    with tempfile.TemporaryDirectory() as store:
        alone.configure(
            DEBUG=True,
            ALLOWED_HOSTS=["localhost"],
            ROOT_URLCONF="workloads.huge",
            MIDDLEWARE=["queryscope.middleware.QueryscopeMiddleware"],
            QUERYSCOPE={"ROOT": alone.ROOT, "STORE": store},
        )
        tell(
            [
                Number(
                    what=f"a statement of 10 MB, its list of {ELEMENTS} as {name}",
                    value=added_ms(name),
                    unit="ms",
                    goal=50,
                )
                for name in ("literals", "parameters")
            ]
        )


def added_ms(name: str) -> float:
    """CPU that the middleware adds to the page of that name."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    from workloads import huge

    huge.prepare(name, elements=ELEMENTS, characters=CHARACTERS)
    recorded = WSGIHandler()
    installed, settings.MIDDLEWARE = settings.MIDDLEWARE, []
    bare = WSGIHandler()
    settings.MIDDLEWARE = installed
    told = _ask(recorded, name).headers.get("Server-Timing", "nothing")
    if "1 query" not in told:
        raise SystemExit(f"huge_statement: the middleware told of {told}.")
    pairs = [(_cpu_ms(recorded, name), _cpu_ms(bare, name)) for _ in range(ROUNDS)]
    return min(with_it for with_it, _ in pairs) - min(without for _, without in pairs)


def _cpu_ms(handler: Any, name: str) -> float:
    gc.collect()
    started = process_time()
    _ask(handler, name)
    return (process_time() - started) * 1000


def _ask(handler: Any, name: str) -> Any:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/{name}/",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }
    response = handler(environ, lambda *_: None)
    b"".join(response)
    response.close()
    if response.status_code != 200:
        raise SystemExit(f"huge_statement: the page answers {response.status_code}.")
    return response


if __name__ == "__main__":
    main()
