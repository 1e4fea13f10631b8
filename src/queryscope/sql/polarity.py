"""Whether a condition of a statement is turned round: there NULL and false come to different rows."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\(\s*SELECT\b|\bNOT\s*\(|\(|\)""", re.IGNORECASE)


def is_negated(sql: str, at: int) -> bool:
    """Whether the condition at a place stands in an odd number of `NOT (…)`.

    Without them only the true is kept, whether the rest is false or NULL. A subquery counts anew, since what
    `EXISTS` and `IN` ask of it are its rows.

    Args:
        sql: the statement.
        at: where the condition begins.
    """
    around: list[str] = []
    for token in _TOKEN.finditer(sql, 0, at):
        text = token.group()
        if text == ")":
            del around[-1:]
        elif text.endswith("("):
            around.append("not" if len(text) > 1 else "")
        elif text[0] == "(":
            around.append("select")
    behind = around[len(around) - around[::-1].index("select") :] if "select" in around else around
    return behind.count("not") % 2 == 1
