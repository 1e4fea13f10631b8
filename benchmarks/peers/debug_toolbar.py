"""django-debug-toolbar: its SQL panel, and the history panel that keeps requests; no other panel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peers import Tool


@contextmanager
def hook() -> Iterator[tuple[Any, Callable[[], int]]]:
    from debug_toolbar.panels.sql import SQLPanel
    from debug_toolbar.panels.sql.tracking import NormalCursorMixin, patch_cursor_wrapper_with_mixin
    from debug_toolbar.toolbar import DebugToolbar
    from django.db import connection
    from django.test import RequestFactory

    panel = SQLPanel(DebugToolbar(RequestFactory().get("/"), _answers), _answers)
    panel.enable_instrumentation()
    with connection._djdt_cursor() as plain:  # type: ignore[attr-defined]
        wrapper = patch_cursor_wrapper_with_mixin(plain.__class__, NormalCursorMixin)
        cursor = wrapper(plain.cursor, connection, panel)

        def record(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
            return cursor._record(execute, sql, params)

        def noted() -> int:
            number = len(panel._queries)
            panel._queries.clear()
            return number

        yield record, noted
    panel.disable_instrumentation()


def _answers(request: Any) -> Any:
    raise NotImplementedError("the panel is only asked to record")


def told(response: Any, output: str) -> int:
    found = re.search(r"SQL (\d+) queries", response.headers.get("Server-Timing", ""))
    return int(found[1]) if found else 0


TOOL = Tool(
    title="django-debug-toolbar",
    requirement="django-debug-toolbar",
    apps=("django.contrib.staticfiles", "debug_toolbar"),
    middleware=("debug_toolbar.middleware.DebugToolbarMiddleware",),
    settings={
        "DEBUG_TOOLBAR_PANELS": [
            "debug_toolbar.panels.history.HistoryPanel",
            "debug_toolbar.panels.sql.SQLPanel",
        ],
    },
    hook=hook,
    told=told,
    note="SQL and history panels only; the panel is drawn later, when somebody opens it",
)
