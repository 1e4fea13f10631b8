"""Reader: a route as people write it, also where it is a regular expression."""

from __future__ import annotations

import re
from functools import lru_cache

_EXPRESSION = re.compile(r"\(\?|[\\^]|\$\Z")
_NAME = re.compile(r"\?P<(\w+)>")
_PASSED_OVER = ("?=", "?!", "?<", "?#")  # they match no part of the path
_QUANTIFIER = re.compile(r"[?*+]\??|\{\d*,?\d*\}\??")


@lru_cache(maxsize=512)
def readable_route(route: str) -> str:
    r"""`^orders/(?P<pk>[^/.]+)/$` as `orders/<pk>/`; a route of `path()` stays as it is."""
    return _readable(route) if _EXPRESSION.search(route) else route


def _readable(text: str) -> str:
    parts = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            following = text[at + 1 : at + 2]
            if following.isalnum():  # \d stands for something, \A and \Z for nothing
                parts.append("" if following in "AZbB" else char + following)
            else:
                parts.append(following)
            at += 2
        elif char == "(":
            end = _closing(text, at)
            parts.append(_group(text[at + 1 : end]))
            at = end + 1
            quantifier = _QUANTIFIER.match(text, at)
            at = quantifier.end() if quantifier else at
        elif char == "[":
            end = _end_of_class(text, at)
            parts.append(text[at : end + 1])
            at = end + 1
        else:
            parts.append("" if char in "^$?" else char)
            at += 1
    return "".join(parts)


def _group(inside: str) -> str:
    named = _NAME.match(inside)
    if named:
        return f"<{named[1]}>"
    if inside.startswith(_PASSED_OVER):
        return ""
    if inside.startswith("?"):
        return _readable(inside.partition(":")[2])
    return "<var>"


def _closing(text: str, start: int) -> int:
    """Where the group that opens at `start` closes."""
    depth = 0
    at = start
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "[":
            at = _end_of_class(text, at)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return at
        at += 1
    return len(text)


def _end_of_class(text: str, start: int) -> int:
    """Where the set of characters that opens at `start` closes: `]` as the first of them is one of them."""
    at = start + 1
    at += text.startswith("^", at)
    at += text.startswith("]", at)
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    return at
