"""The remedy for a repeated read: ask once and pass it on. Said, not edited: the way is the user's."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from queryscope.fixes.again import name_of
from queryscope.fixes.chain import chain_from, node_at
from queryscope.fixes.naming import plural, snake
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.model import Fix, Frame, QueryGroup

_REUSE = ("reuse",)
_TITLE = "Evaluate once and pass the result on"
_SHOWN = 4  # places that are named
_SINGLE = frozenset({"get", "first", "last", "earliest", "latest", "count", "exists", "aggregate"})
_NUMBERS = frozenset({"count", "exists", "aggregate"})
_ONE_ITEM = re.compile(r"\)\[\w+\]$")  # `author.books.all()[0]`
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
_RELATED = re.compile(r"\b([\w.]+\.(?:all|count|exists))\b")
_NOT_KEPT = (
    "No diff: which of the callers should keep the result is a decision of the code around it. "
    "functools.cache would keep it beyond the request: pass it on instead."
)


def reuse_fix(model_name: str, groups: Sequence[QueryGroup], sources: Sources) -> Fix:
    """A fix without a diff, and why.

    Args:
        model_name: of the rows.
        groups: the queries, in order; all ask for the same.
        sources: the project's files.
    """
    first = groups[0]
    assert first.site is not None
    built = first.site.frame
    asking_twice = asking(groups) if len(groups) > 1 else [first.stack[0]]
    if built is not None and built.is_template:
        shared = _shared([frame.source for frame in asking_twice])
        return _in_template(built, re.compile(f"({re.escape(shared)})") if shared else _RELATED)
    if built is not None and all(frame.is_template for frame in asking_twice):
        # A method or property of an object, read twice.
        named = re.compile(rf"\b([\w.]+\.{re.escape(name_of(built))})\b")
        if all(named.search(frame.source) for frame in asking_twice):
            return _in_template(asking_twice[0], named)
    method = first.access.method if first.access is not None else ""
    shown = _asked(built, groups, sources)
    is_one = (method in _SINGLE and method not in _NUMBERS) or _ONE_ITEM.search(shown) is not None
    name = variable_name(model_name, is_one=is_one)
    name = f"{name}_{method}" if method in _NUMBERS else name
    places = where_again(groups)
    code = f"{name} = {shown}" if shown else f"Keep the {model_name or 'query'} result in a variable"
    behind = f"  # once: instead of again at {places}" if places else ""
    return Fix(kinds=_REUSE, title=_TITLE, code=code + behind, caveat=_NOT_KEPT)


def where_again(groups: Sequence[QueryGroup]) -> str:
    """The places that ask again, the first left out: `shop/views.py:12, shop/views.py:14`."""
    frames = list(dict.fromkeys(asking(groups)))
    again = frames[1:] or frames
    told = [f"{frame.path}:{frame.line}" for frame in again]
    told = list(dict.fromkeys(told))
    more = len(told) - _SHOWN
    return ", ".join(told[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def asking(groups: Sequence[QueryGroup]) -> list[Frame]:
    """Of each group the frame at which its stack takes another way than the first's, seen from inside."""
    if len(groups) == 1:
        return [_caller(groups[0])]
    first = groups[0]
    return [
        _difference(group.stack, (groups[1] if group is first else first).stack) or group.stack[0]
        for group in groups
    ]


def _difference(stack: tuple[Frame, ...], other: tuple[Frame, ...]) -> Frame | None:
    pairs = zip(stack, other, strict=False)
    return next((here for here, there in pairs if here != there), None)


def _caller(group: QueryGroup) -> Frame:
    built = group.site.frame if group.site is not None else None
    own = (built.path, built.function) if built is not None else ("", "")
    around = [frame for frame in group.stack if (frame.path, frame.function) != own]
    return around[0] if around else group.stack[0]


def _asked(built: Frame | None, groups: Sequence[QueryGroup], sources: Sources) -> str:
    """What to keep: the call of the function that builds the queryset, or the queryset itself."""
    first = groups[0]
    at = next((at for at, frame in enumerate(first.stack) if frame == built), None)
    places = (
        [first.stack[at + 1]] if at is not None and at + 1 < len(first.stack) and _is_called(groups) else []
    )
    for frame in (*places, built):
        source = sources.around(frame)
        node = node_at(source, frame) if source is not None and frame is not None else None
        if source is None or node is None:
            continue
        if frame is built:
            return _result_text(first, sources) or _chain_text(source, node, is_list=not _is_single(first))
        if isinstance(node, ast.Call) and built is not None:
            calls = [each for each in ast.walk(node) if _is_call_of(each, built)]
            if len(calls) == 1:
                return _one_line(source.text_of(calls[0]))  # type: ignore[arg-type]
    return ""


def _is_called(groups: Sequence[QueryGroup]) -> bool:
    """Whether one function builds the queryset each time."""
    return len({group.site.frame for group in groups if group.site is not None}) == 1


def _is_call_of(node: ast.AST, built: Frame) -> bool:
    name = built.function.rpartition(".")[2]
    return isinstance(node, ast.Call) and last_name(node.func) == name


def _is_single(group: QueryGroup) -> bool:
    return group.access is not None and group.access.method in _SINGLE


def _result_text(group: QueryGroup, sources: Sources) -> str:
    """What gives one result and stands behind the line that builds the queryset: `rows.aggregate(…)`."""
    place, method = group.stack[0], group.access.method if group.access is not None else ""
    source = sources.around(place)
    node = node_at(source, place) if source is not None else None
    if source is None or method not in _SINGLE or not isinstance(node, ast.Call) or not source.holds(node):
        return ""
    return _one_line(source.text_of(node)) if last_name(node.func) in (method, f"a{method}") else ""


def _chain_text(source: Source, node: ast.expr, *, is_list: bool) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr.startswith("__"):
            return ""  # `super().__init__()` builds it somewhere in a library
        node = chain_from(node, source.parents).node
    if not source.holds(node):
        return ""
    text = _one_line(source.text_of(node))
    is_item = isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice)
    return f"list({text})" if is_list and not is_item else text


def _one_line(text: str) -> str:
    """A chain over several lines, in one, if no comment or string is lost by it."""
    if "\n" not in text or "#" in text or '"""' in text or "'''" in text:
        return text
    joined = re.sub(r"\s*\n\s*(?=\.)", "", text)
    joined = re.sub(r"(?<=[(\[])\s*\n\s*|,?\s*\n\s*(?=[)\]])", "", joined)
    return re.sub(r"\s*\n\s*", " ", joined)


def _shared(texts: Sequence[str]) -> str:
    """The longest path of names that all of these tags read: `ticket.followup_set.public`."""
    paths = [set(_PATH.findall(text)) for text in texts]
    return max(set.intersection(*paths), key=len, default="")


def variable_name(model_name: str, *, is_one: bool = False) -> str:
    """`order_lines` of `OrderLine`, `categories` of `Category`."""
    name = snake(model_name) or "row"
    if is_one or "_" in model_name:  # a table between two models is called by its field
        return name
    return plural(name)


def _in_template(place: Frame, named: re.Pattern[str]) -> Fix:
    found = named.search(place.source)
    expression = found[1] if found else "…"
    owner, _, last = expression.rpartition(".")
    name = owner.rpartition(".")[2] if last in ("all", "count", "exists") else last
    name = f"{name}_count" if last == "count" else name or "rows"
    return Fix(
        kinds=_REUSE,
        title="Ask once with {% with %}",
        code=f"{{% with {name}={expression} %}} … {{% endwith %}}",
        caveat="No diff: which part of the template the tag should hold is a decision of its author.",
    )
