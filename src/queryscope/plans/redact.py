"""Takes the values out of conditions as PostgreSQL prints them; columns, operators and casts stay."""

from __future__ import annotations

import re
from typing import Any

VALUE = "…"

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


def redact(text: str) -> str:
    """The condition with `…` for every string and number in it."""
    return _LITERAL.sub(lambda match: VALUE if match["value"] is not None else match.group(), text)


def redact_value(value: Any) -> Any:
    """Any JSON value with every string in it redacted, its keys excepted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redact_value(item) for item in value]
    if isinstance(value, dict):
        return {key: redact_value(item) for key, item in value.items()}
    return value
