"""Runs the situations under one other tool, in that tool's environment, and prints what it says as JSON.

Started by peers.py: `python peer_worker.py zeal|nplus1|query_doctor`.
"""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

import server
import situation

Said = list[dict[str, str]]  # kind, and text: message and fix


@contextlib.contextmanager
def zeal() -> Iterator[Said]:
    """It raises at the second access by default, and there would be no page to judge: it warns instead."""
    from django.conf import settings
    from zeal import zeal_context

    settings.ZEAL_RAISE = False
    said: Said = []
    with warnings.catch_warnings(record=True) as caught, zeal_context():
        warnings.simplefilter("always")
        yield said
    texts = dict.fromkeys(str(one.message) for one in caught if "N+1" in str(one.message))
    said += [{"kind": "n-plus-one", "text": text} for text in texts]


@contextlib.contextmanager
def nplus1() -> Iterator[Said]:
    """Its profiler for blocks, with what its middleware leaves out left out."""
    import nplusone.ext.django
    from nplusone.core.profiler import Profiler

    said: Said = []

    class Collecting(Profiler):
        def notify(self, message: Any) -> None:
            if message.model.__name__ != "ContentType":
                said.append({"kind": message.label, "text": message.message})

    assert nplusone.ext.django.NPlusOneMiddleware
    with Collecting():
        yield said


@contextlib.contextmanager
def query_doctor() -> Iterator[Said]:
    """Its context manager with default settings. Advice on indexes is another subject, and left out."""
    from query_doctor import diagnose_queries

    said: Said = []
    with diagnose_queries() as report:
        yield said
    for one in report.prescriptions:
        if one.issue_type.value not in ("missing_index", "complexity"):
            said.append({"kind": one.issue_type.value, "text": f"{one.description}\n{one.fix_suggestion}"})


TOOLS = {"zeal": zeal, "nplus1": nplus1, "query_doctor": query_doctor}


def main() -> None:
    """Everything on one line of JSON, by slug; what crashed has a text instead of a list."""
    from django.http import Http404
    from performing import around, perform

    server.set_up_django()
    warnings.simplefilter("ignore")
    watch = TOOLS[sys.argv[1]]
    found: dict[str, Any] = {}
    for one in situation.load_all().values():
        found[one.slug] = []
        for arguments in one.runs:
            try:
                with around(one), watch() as said, contextlib.suppress(Http404):
                    perform(one.subject, arguments)
                found[one.slug] += said
            except Exception:
                found[one.slug] = traceback.format_exc()
                break
    print(json.dumps(found))


if __name__ == "__main__":
    main()
