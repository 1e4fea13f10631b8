"""Room: all captures of a run judged together. Pure; source texts are handed in."""

from queryscope.analysis.conclude import conclude, count_findings, observe

__all__ = ["conclude", "count_findings", "observe"]
