"""The remedy for a repeated read: evaluate once and pass it on. Said, not edited: the way is the user's."""

from __future__ import annotations

from queryscope.model import Fix, Trigger


def reuse_fix(model_name: str, trigger: Trigger | None) -> Fix:
    """A fix without a diff, and why."""
    again = f" instead of asking again at {trigger.path}:{trigger.line}" if trigger else ""
    return Fix(
        kinds=("reuse",),
        title="Evaluate once and pass the result on",
        code=f"Keep the {model_name or 'query'} result in a variable and pass it on{again}.",
        caveat="No diff: which of the callers should keep the result is a decision of the code around it.",
    )
