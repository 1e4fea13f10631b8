"""Reader: which operation a GraphQL request asks for. Its type and name only, never fields or arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MOST_NAMED = 3  # operations of a batch
LONGEST_NAME = 60
UNKNOWN = "unknown operation"

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")
_TYPES = ("query", "mutation", "subscription")
_TOKEN = re.compile(
    r"""
      \#[^\r\n]*
    | \"{3}(?:[^"\\]|\\"{3}|\\(?!"{3})|"(?!""))*(?:"{3})?
    | "(?:[^"\\\r\n]|\\.)*"?
    | (?P<name>[_A-Za-z][_0-9A-Za-z]*)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<mark>[@$])
    """,
    re.VERBOSE,
)


def describe_request(asked: Any) -> str:
    """`query Books`, `anonymous mutation`, `persisted Books`, `batch of query Books, query Tags`, or ""."""
    if isinstance(asked, list):
        return _describe_batch(asked)
    if not isinstance(asked, dict):
        return ""
    name = _name(asked.get("operationName"))
    document = asked.get("query")
    if isinstance(document, str) and document:
        return _chosen(list(operations(document)), name)
    return f"persisted {name or 'operation'}" if _is_persisted(asked) else ""


def _describe_batch(asked: list[Any]) -> str:
    named: dict[str, None] = {}
    for each in asked:
        told = describe_request(each) if isinstance(each, dict) else ""
        if told and len(named) == MOST_NAMED and told not in named:
            return f"batch of {', '.join(named)} …"
        if told:
            named[told] = None
    return f"batch of {', '.join(named)}" if named else ""


def _is_persisted(asked: dict[str, Any]) -> bool:
    extensions = asked.get("extensions")
    if isinstance(extensions, dict) and "persistedQuery" in extensions:
        return True
    return any(isinstance(asked.get(key), str) for key in ("id", "documentId", "doc_id"))


def _chosen(found: list[tuple[str, str]], name: str) -> str:
    if name:
        found = [(kind, named) for kind, named in found if named == name]
    if len(found) != 1:
        return UNKNOWN
    kind, named = found[0]
    return f"{kind} {_name(named)}" if named else f"anonymous {kind}"


def _name(value: Any) -> str:
    """A valid name, of a length to be shown; "" if it is none."""
    if not isinstance(value, str) or not _NAME.match(value):
        return ""
    return value if len(value) <= LONGEST_NAME else value[: LONGEST_NAME - 1] + "…"


def operations(document: str) -> Iterator[tuple[str, str]]:
    """Type and name of each operation of a document; the name is "" where it has none."""
    depth = 0
    kind = ""  # of the definition under way; "other" for fragments and what else there may be
    is_next = False  # the next name names the operation
    name = ""
    for token in _TOKEN.finditer(document):
        what, text = token.lastgroup, token[0]
        if what == "open":
            if not depth and not kind and text == "{":
                kind = "query"
            depth += 1
        elif what == "close":
            depth -= 1
            if not depth and text == "}":
                if kind in _TYPES:
                    yield kind, name
                kind = name = ""
        elif what == "name" and not depth:
            if not kind:
                kind, is_next = (text, True) if text in _TYPES else ("other", False)
                continue
            name = text if is_next else name
        if what is not None:
            is_next = False
