"""Room: all captures of a run judged together. Pure; source texts are handed in."""

from queryscope.analysis.conclude import conclude, observe

__all__ = ["conclude", "observe"]
