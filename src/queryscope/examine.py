"""Seam: after a unit of work, take the plans of its slow queries and try indexes for them."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.capture.finish import Slow
from queryscope.config import Config
from queryscope.model import Capture, Trace


def examine(trace: Trace, slow: Sequence[Slow], config: Config, *, in_place: bool) -> Capture:
    """The capture of a finished trace, with plans and index trials where the settings allow them."""
    return Capture(trace=trace)
