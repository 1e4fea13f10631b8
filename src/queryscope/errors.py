"""Every error queryscope raises on purpose."""

from __future__ import annotations


class QueryscopeError(Exception):
    """Root of queryscope's own errors; its text says what was wrong, shows the value, and says what to do."""


class ConfigError(QueryscopeError):
    """A setting, option or rule name that queryscope does not know or cannot use."""


class StoreError(QueryscopeError):
    """Recorded captures that cannot be read or written."""


class ReportError(QueryscopeError):
    """A report that cannot be rendered or read back."""


class PlanError(QueryscopeError):
    """Text that is not a PostgreSQL plan in FORMAT JSON."""


class ExplainRefusedError(QueryscopeError):
    """A statement that queryscope will not run a second time; the text is the reason."""


class OthersWaitError(ExplainRefusedError):
    """A trial that was ended since another session waited for it; the text is the reason."""


class EditRefusedError(QueryscopeError):
    """A change of source that queryscope will not write; the text is the reason."""


class RowDecidesError(EditRefusedError):
    """Arguments that can't be moved to where a queryset is built, since each row has its own."""
