"""Takes the values out of conditions as PostgreSQL prints them; columns, operators and casts stay."""

from __future__ import annotations

import re
from hashlib import blake2b
from secrets import token_bytes
from typing import Any

from queryscope.errors import PlanError

VALUE = "…"
DEEPEST = 50  # lists and objects in each other, in what has no field
_SECRET = token_bytes(16)  # of this process: a digest tells nobody else what it was made of
LONGEST_TEXT = 1_000_000  # a longer condition is cut: no reader is helped by a list of a hundred thousand

# Groups are repeated inside of (?>…): Python before 3.11.5 gets possessive ones wrong (gh-106052).
_LITERAL = re.compile(
    r"""
    (?P<kept>
        "[^"]*+(?>(?:""[^"]*+)*)"                           # quoted identifier
      | (?:InitPlan|SubPlan|CTE)\ \d++                      # names of subplans
      | ::\s*+(?:"[^"]*+"|(?:character|bit)\ varying|[^\W\d]\w*+)
        (?>(?:\(\d++(?:,\ ?-?\d++)?\))?)                    # a cast with its modifier
      | \$\d++                                              # a parameter
    )
  | (?P<value>
        (?<!\w)[eE]'(?>(?:[^'\\]++|\\.|'')*)(?:'|\\?\Z)
      | (?>(?: (?<!\w)[bBxX] )?)'[^']*+(?>(?:''[^']*+)*)(?:'|\Z)
      | "[^"]*+\Z
      | (?<![\w$]) (?: \d\w*+(?>(?:\.\w++)?) | \.\d\w*+ ) (?>(?:(?<=[eE])[-+]\d++)?)
    )
  | (?! [eEbBxX]' )[^\W\d][\w$]*+
    """,
    re.VERBOSE | re.DOTALL,
)


# Every literal holds a quote, or begins with a digit: most texts of a plan are names of columns.
_may_hold_value = re.compile(r"""['"]|(?<![\w$])\.?\d""").search


def redact(text: str) -> str:
    """The condition with `…` for every string and number in it."""
    if _may_hold_value(text) is None:
        return text[:LONGEST_TEXT]
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
    return _LITERAL.sub(lambda match: VALUE if match["value"] is not None else match.group(), text)


def digests(text: str) -> tuple[str, ...]:
    """What tells the values that `redact` takes out apart, one for each `…`, within this process."""
    if _may_hold_value(text) is None:
        return ()
    found = (match["value"] for match in _LITERAL.finditer(text[:LONGEST_TEXT]))
    return tuple(_digest(value) for value in found if value is not None)


def _digest(value: str) -> str:
    return blake2b(value.encode(errors="surrogatepass"), key=_SECRET, digest_size=8).hexdigest()


def redact_value(value: Any, depth: int = 0) -> Any:
    """Any JSON value with every string in it redacted, its keys excepted.

    Raises:
        PlanError: it is nested deeper than anything that PostgreSQL prints.
    """
    if depth > DEEPEST:
        raise PlanError("The document is nested deeper than any plan.")
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redact_value(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: redact_value(item, depth + 1) for key, item in value.items()}
    return value
