"""Takes the values out of conditions as PostgreSQL prints them; columns, operators and casts stay."""

from __future__ import annotations

import re
from typing import Any

from queryscope.errors import PlanError

VALUE = "…"
DEEPEST = 50  # lists and objects in each other, in what has no field
LONGEST_TEXT = 1_000_000  # a longer condition is cut: no reader is helped by a list of a hundred thousand

# Groups are repeated inside of (?>…): Python before 3.11.5 gets possessive ones wrong (gh-106052).
_LITERAL = re.compile(
    r"""
    (?P<kept>
        "[^"]*+(?>(?:""[^"]*+)*)"                           # quoted identifier
      | (?:InitPlan|SubPlan|CTE)\ \d++                      # names of subplans
      | ::\s*+(?:"[^"]*+"|[^\W\d]\w*+)(?>(?:\(\d++(?:,\ ?-?\d++)?\))?)   # a cast with its modifier
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
