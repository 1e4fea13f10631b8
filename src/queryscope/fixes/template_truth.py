"""A queryset that a view hands to a template, which only asks whether there are rows, or how many."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from queryscope.fixes.chain import chain_from, node_at
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.template_names import template_paths, template_words
from queryscope.fixes.variables import function_around, is_fresh, variable_of
from queryscope.model import Frame

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TESTED = re.compile(r"\{% *(?:el)?if (?:not )?([A-Za-z_]\w*) *%\}")
# Filters of Django and Jinja2 that want the number of rows, and take it as well.
_MEASURED = re.compile(r"(?<![\w.|\"'])([A-Za-z_]\w*)\s*\|\s*(?:length|count|pluralize)(?![\w(])")
_LOAD = re.compile(r"\{% *load +([^%]*?) *%\}")
# Tags of others may take the whole context.
_DJANGOS = frozenset({"cache", "humanize", "i18n", "l10n", "static", "tz"})
_MOST = 50  # templates that are looked at


def handed_name(frame: Frame) -> str:
    """The variable of which a template line asks: `waiting` of `{% if waiting %}`, `{{ waiting|length }}`."""
    found = _TESTED.fullmatch(frame.source.strip())
    names = {found[1]} if found else set(_MEASURED.findall(frame.source))
    return names.pop() if len(names) == 1 else ""


def without_measure(tag: str, name: str) -> str:
    """A tag that is given the number itself: `{{ waiting }}` of `{{ waiting|length }}`."""
    return re.sub(rf"(?<![\w.|\"']){re.escape(name)}\s*\|\s*(?:length|count)(?![\w(])", name, tag)


def handed_use(
    place: Frame, stack: tuple[Frame, ...], built: Frame | None, sources: Sources
) -> Literal["len", "bool"] | None:
    """What the template, those around and inside of it, and the view ask of it; None: perhaps its rows.

    Args:
        place: the line of the template that asks.
        stack: the application's frames at the query, the innermost first.
        built: where the queryset is built.
        sources: the project's files.
    """
    name = handed_name(place)
    if not name or find_handed(sources.around(built), built, name) is None:
        return None
    texts = list(islice(_texts(stack, sources), _MOST + 1))
    if len(texts) > _MOST or not all(text is not None and _only_asks(text, name) for text in texts):
        return None
    is_measured = any(name in _MEASURED.findall(tag) for text in texts for tag in _TAG.findall(text or ""))
    return "len" if is_measured else "bool"


def _texts(stack: tuple[Frame, ...], sources: Sources) -> Iterator[str | None]:
    """The texts of the templates on the stack, and of all in them and around; None: not to be read."""
    waiting = [frame.path for frame in stack if frame.is_template]
    met: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in met:
            continue
        met.add(path)
        text = sources.text(path)
        yield text
        for other in template_words(text)[1] if text is not None else ():
            found = [each for each in template_paths(path, other) if sources.text(each) is not None]
            if not found:
                yield None
            waiting += found[:1]


def _only_asks(text: str, name: str) -> bool:
    """Whether each tag that names a variable only asks for its truth, or the number of its rows."""
    word = re.compile(rf"(?<![\w.\"']){re.escape(name)}\b")
    rest = {
        tag: _MEASURED.sub(lambda found: "" if found[1] == name else found[0], tag)
        for tag in _TAG.findall(text)
    }
    named = [tag for tag, left in rest.items() if word.search(left)]
    # A template whose name is computed may be any.
    is_open = re.search(r"\{% *(?:include|extends) +[^\"' ]", text)
    loaded = {each for names in _LOAD.findall(text) for each in names.split()}
    return (
        not is_open
        and loaded <= _DJANGOS
        and all((found := _TESTED.fullmatch(tag)) and found[1] == name for tag in named)
    )


def find_handed(source: Source | None, built: Frame | None, name: str) -> ast.expr | None:
    """The queryset that a function puts into a context by that name, if it does nothing else with it."""
    node = node_at(source, built) if source is not None and built is not None else None
    if source is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    value = chain_from(node, source.parents).node
    scope = function_around(source, value)
    if scope is None or not is_fresh(value):
        return None
    places: list[ast.expr] = [value]
    statement = source.parents.get(value)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        variable = variable_of(source, statement.targets[0])
        if variable is None or variable.values != (value,):
            return None
        places = list(variable.loads)
    keys = [node for node in ast.walk(scope) if isinstance(node, ast.Constant) and node.value == name]
    is_alone = len(places) == 1 and len(keys) <= 1  # what is read back from the context bears its name
    return places[0] if is_alone and _is_context_value(source, places[0], name) else None


def _is_context_value(source: Source, node: ast.expr, name: str) -> bool:
    parent = source.parents.get(node)
    if isinstance(parent, ast.keyword):
        return parent.arg == name
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Subscript):
        slot = parent.targets[0].slice
        return len(parent.targets) == 1 and isinstance(slot, ast.Constant) and slot.value == name
    if not isinstance(parent, ast.Dict):
        return False
    key = parent.keys[parent.values.index(node)]
    return isinstance(key, ast.Constant) and key.value == name
