"""Seam: reports into files, written beside and renamed into place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from queryscope.errors import ReportError
from queryscope.formats import render
from queryscope.model import Report


def write_report(report: Report, name: str, path: Path) -> Path:
    """Write the report in the named format; returns the absolute path.

    Raises:
        ReportError: an unknown format, or a file that can't be written; the message says which.
    """
    text = render(report, name)
    path = path.absolute()
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise ReportError(f"Can't write {str(path)!r}: {error.strerror}.") from error
    return path
