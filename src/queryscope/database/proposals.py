"""Candidates as they are proved: alone, or in a set of which one alone helps little; and what is said."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.database.sandbox import error_code
from queryscope.errors import ExplainRefusedError, OthersWaitError
from queryscope.fixes.index_code import table_name
from queryscope.model import IndexAdvice, Refusal

Proposal = tuple[IndexAdvice, ...]

_REASONS = {
    "55P03": ("locked", "another session holds a lock on the table"),
    "57014": ("timeout", "it took longer than its timeout"),
    "25006": ("writes", "the query writes"),
    "42501": ("not-allowed", "the role may not do this"),
    "55006": ("in-use", "an open cursor or a pending trigger of this session uses the table"),
    "42P07": ("exists", "this name is taken; if by an INVALID index, drop that and try again"),
    "53100": ("no-room", "the disk of the server is full"),
    "53200": ("no-room", "the server has no memory left for it"),
    "53400": ("no-room", "it needs more temporary files than temp_file_limit allows"),
    "54000": ("too-long", "a value is too long for an index of this kind"),
    "23503": ("deferred", "a deferred foreign key of this transaction does not hold yet"),
    "23505": ("deferred", "a deferred constraint of this transaction, or a unique index, does not hold"),
    "23514": ("deferred", "a deferred constraint trigger of this transaction does not hold yet"),
    "42704": ("missing", "an operator class or type is not known to this server"),
    "42P17": ("not-immutable", "the expression is not immutable, so it can't be indexed"),
    "0A000": ("not-supported", "this server can't build an index of this kind"),
}
_EXTENSION_CODES = ("42501", "0A000", "58P01")


def proposals(candidates: Sequence[IndexAdvice]) -> tuple[Proposal, ...]:
    """The candidates with those that belong together in one."""
    sets: dict[frozenset[str], list[IndexAdvice]] = {}
    for advice in candidates:
        sets.setdefault(frozenset((advice.name, *advice.together)), []).append(advice)
    return tuple(tuple(parts) for parts in sets.values())


def relations(proposal: Sequence[IndexAdvice]) -> tuple[str, ...]:
    """Its tables as plans name them, each once."""
    return tuple(dict.fromkeys(advice.relation for advice in proposal))


def table_names(proposal: Sequence[IndexAdvice]) -> tuple[str, ...]:
    """Its tables as SQL finds them, each once: with the schema, where the search path lacks it."""
    return tuple(dict.fromkeys(table_name(advice) for advice in proposal))


def keys_text(advice: IndexAdvice) -> str:
    """Its keys for a sentence."""
    return ", ".join(key.column or key.expression for key in advice.keys)


def condition_count(advice: IndexAdvice) -> int:
    """How many conditions its rows fulfil: each one more, and fewer queries can use it."""
    return advice.predicate.count(" AND ") + bool(advice.predicate)


def named(proposal: Sequence[IndexAdvice]) -> str:
    """`An index on (a, b)`, or of several tables each."""
    if len(proposal) == 1:
        return f"An index on {_whole(proposal[0])}"
    return f"Indexes on {told(proposal)}"


def told(proposal: Sequence[IndexAdvice]) -> str:
    """What is tried, for a line on a terminal: `orders (a, b)`, of each part."""
    return " and ".join(f"{one.relation} {_whole(one)}" for one in proposal)


def _whole(advice: IndexAdvice) -> str:
    """Not to be taken for the plain index on these keys, which may be there."""
    text = f"({keys_text(advice)})"
    text += f" INCLUDE ({', '.join(advice.include)})" if advice.include else ""
    return f"{text} of some rows" if advice.predicate else text


def refusal(advice: IndexAdvice, kind: str, reason: str) -> Refusal:
    """A refusal for the shape that the candidate should serve."""
    return Refusal(
        fingerprint=next(iter(advice.serves), ""), relation=advice.relation, kind=kind, reason=reason
    )


def failed(advice: IndexAdvice, error: BaseException) -> Refusal:
    """The driver's text may hold values, so only its code is told."""
    if isinstance(error, OthersWaitError):
        return refusal(advice, "waited-for", str(error))
    if isinstance(error, ExplainRefusedError):
        return refusal(advice, "not-tried", str(error))
    code = error_code(error)
    if advice.extensions and code in _EXTENSION_CODES:
        name = advice.extensions[0]
        text = f"Not tried: the extension {name} is not installed and this role can't install it."
        return refusal(advice, "missing-extension", text)
    kind, reason = _REASONS.get(code, ("failed", f"PostgreSQL answered {code}"))
    return refusal(advice, kind, f"Not proved: {reason}.")


def distinct(refusals: Sequence[Refusal]) -> list[Refusal]:
    """One of a kind for each table, the first one."""
    found: dict[tuple[str, str], Refusal] = {}
    for one in refusals:
        found.setdefault((one.relation, one.kind), one)
    return list(found.values())
