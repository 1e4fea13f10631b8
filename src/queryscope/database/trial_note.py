"""What a trial says of an index that proved itself: the times, and how they came about."""

from __future__ import annotations

from dataclasses import replace

from queryscope.database.trial_build import Built, Part
from queryscope.database.trial_choice import Outcome, losses
from queryscope.model import Evidence, IndexAdvice, Level


def timed_advice(built: Built, outcome: Outcome, *, runs: int) -> list[IndexAdvice]:
    """The advice of each part, with the times of the whole; `runs` were made without."""
    names = [advice.name for advice in outcome.parts]
    found = []
    for part in built.parts:
        note = _note(built, outcome, part, runs=len(built.without) or runs)
        others = tuple(name for name in names if name != part.advice.name)
        found.append(
            replace(
                part.advice,
                size_bytes=part.size_bytes,
                build_ms=round(part.build_ms, 1),
                together=others,
                evidence=Evidence(level=Level.TIMED, before=outcome.before, after=outcome.after, note=note),
            )
        )
    return found


def _note(built: Built, outcome: Outcome, part: Part, *, runs: int) -> str:
    advice = part.advice
    where = (
        " on a temporary copy of the table, whose rows this transaction had updated" if built.is_copy else ""
    )
    text = (
        f"Built in {part.build_ms:,.0f} ms{where}, the query run {_times(len(built.with_index))} with it "
        f"and {_times(runs)} without, all rolled back."
    )
    if len(built.parts) > 1:
        alone = dict(outcome.without).get(advice.name)
        told = f"; without this one {alone:.1f} ms" if alone is not None else ""
        text += f" Timed together with {', '.join(n for n in _names(built) if n != advice.name)}{told}."
    text += _visibility(built, advice)
    slower = losses(outcome)
    if outcome.others and not slower:
        text += f" With other parameters ({len(outcome.others)} tried) the query is not slower for it."
    for one in slower:
        text += f" But {one.label} it takes {one.after_ms:.1f} ms instead of {one.before_ms:.1f}."
    return text


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _visibility(built: Built, advice: IndexAdvice) -> str:
    """An index that spares the table does so only where VACUUM has been, and none runs in a transaction."""
    fetches = max((timing.heap_fetches for timing in built.with_index), default=0)
    is_alone = any(advice.name in timing.alone for timing in built.with_index)
    if is_alone and fetches:
        return f" It read {fetches:,} rows in the table too: after VACUUM the index alone is enough."
    if advice.include and not is_alone:
        return " The table was read too: the index alone is enough after VACUUM, which marks visible rows."
    return ""


def _names(built: Built) -> list[str]:
    return [part.advice.name for part in built.parts]
