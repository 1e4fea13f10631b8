"""Room: one file per output, each drawn from the same Report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from queryscope.config import nearest
from queryscope.errors import ReportError
from queryscope.model import Report

Format = Callable[[Report], str]

# One module a format, loaded when it is first asked for: importing this package is cheap.
_MODULES = {
    "agent": "queryscope.formats.agent",
    "html": "queryscope.formats.html",
    "json": "queryscope.formats.json",
    "markdown": "queryscope.formats.markdown",
    "stable": "queryscope.formats.stable",
    "terminal": "queryscope.formats.terminal",
}


class _Formats(Mapping[str, Format]):
    """Formats by name."""

    def __getitem__(self, name: str) -> Format:
        render_report: Format = import_module(_MODULES[name]).render
        return render_report

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


FORMATS: Mapping[str, Format] = _Formats()


def render(report: Report, name: str) -> str:
    """The report as text in the named format.

    Raises:
        ReportError: an unknown format; the message names the nearest.
    """
    if name not in FORMATS:
        raise ReportError(f"Unknown format {name!r}. {nearest(str(name), list(FORMATS))}")
    return FORMATS[name](report)
