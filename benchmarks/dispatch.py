"""queryscope's hook as an `execute_wrapper`, which is how benchmarks call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from queryscope.capture.statements import hook_execute

_hooked = hook_execute(lambda _cursor, sql, params, many, execute: execute(sql, params, many, None))


def dispatch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Run a statement, seen by the active recorder."""
    return _hooked(context["cursor"], sql, params, many, execute)
