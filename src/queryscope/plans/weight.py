"""What is worth saying of a node: its share of the query decides, not its name."""

from __future__ import annotations

from queryscope.model import Severity

# Below these a node is noise: timings of a warm cache scatter by more.
LEAST_MS = 1.0
LEAST_SHARE = 0.05

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")

_ERROR_SHARE = 0.9
_WARNING_SHARE = 0.1


def is_noise(spent_ms: float, share: float) -> bool:
    """Whether so much time, being that share of the plan, is too little to speak of."""
    return spent_ms < LEAST_MS or share < LEAST_SHARE


def severity_of(share: float) -> Severity:
    """The severity that a share of the plan's time deserves."""
    if share >= _ERROR_SHARE:
        return "error"
    return "warning" if share >= _WARNING_SHARE else "info"
