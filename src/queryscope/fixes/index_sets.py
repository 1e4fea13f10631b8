"""Indexes that belong together, and what a list calls an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from queryscope.model import IndexAdvice


def sets_of(indexes: Iterable[IndexAdvice]) -> Iterator[tuple[IndexAdvice, ...]]:
    """Each index with those that help little without it, as it does without them; by the first of them.

    What helps others, but stands by itself, is an entry of its own.
    """
    by_name = {advice.name: advice for advice in indexes}
    seen: set[str] = set()
    for advice in by_name.values():
        if advice.name in seen:
            continue
        names, waiting = dict.fromkeys([advice.name]), [advice]
        while waiting:
            one = waiting.pop(0)
            for other in (by_name[name] for name in one.together if name in by_name):
                if one.name in other.together and other.name not in names:
                    names[other.name] = None
                    waiting.append(other)
        seen.update(names)
        yield tuple(by_name[name] for name in names)


def keys_in_words(advice: IndexAdvice) -> str:
    """`customer, -created`, and what is included after a semicolon."""
    keys = ", ".join(
        ("-" if key.is_descending else "") + (key.django or key.column or key.expression)
        for key in advice.keys
    )
    return f"{keys}; {', '.join(advice.include)}" if advice.include else keys
