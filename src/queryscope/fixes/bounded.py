"""The remedies of a list without a limit: pages for a request, a stream for what handles all rows."""

from __future__ import annotations

import ast
from dataclasses import replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import Built, find_built, loop_over, one_line
from queryscope.fixes.chain import Chain
from queryscope.fixes.holder import assigned, find_class
from queryscope.fixes.layout import behind
from queryscope.fixes.root import Target, last_name
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Fix, QuerySetSite

CHUNK = "chunk_size=2000"  # Django's own default
_PAGE = 50
# What a function names that writes all rows out: pages would be another answer.
_EXPORTS = frozenset({"StreamingHttpResponse", "FileResponse", "csv", "writer", "DictWriter", "Workbook"})
_ROWS = frozenset({
    "all", "annotate", "defer", "distinct", "exclude", "filter", "only", "order_by", "prefetch_related",
    "select_related",
})  # fmt: skip
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp


def stream_fix(site: QuerySetSite, target: Target, source: Source | None) -> Fix:
    """`iterator()` at the end of the chain that a loop goes over."""
    manager = f"{target.model.name}.{target.model.default_manager}"
    plain = Fix(kinds=("iterator",), title="Stream the rows", code=f"{manager}.iterator({CHUNK})")
    try:
        built = find_built(source, site, target)
        assert source is not None
        code = f"{one_line(source, built.first.node)}.iterator({CHUNK})"
        place = _place(source, built)
    except EditRefusedError as refusal:
        return replace(plain, caveat=f"No diff: {refusal}")
    text = f".{_iterator(source, place)}({CHUNK})"
    if place is built.first.node and built.first.links:
        replacements = [behind(source, built.first, built.first.links[-1], [text])]
    else:
        replacements = [Replacement(source.end(place), source.end(place), text)]
    diff = source.diff(replacements)
    caveat = "" if diff else "The line is written in a way that no edit is safe for."
    edits = source.edits(replacements) if diff else ()
    return replace(plain, code=code, diff=diff, edits=edits, caveat=caveat)


def _iterator(source: Source, place: ast.expr) -> str:
    parent = source.parents[place]
    is_async = isinstance(parent, ast.AsyncFor) or (isinstance(parent, ast.comprehension) and parent.is_async)
    return "aiterator" if is_async else "iterator"


def _place(source: Source, built: Built) -> ast.expr:
    place = loop_over(source, built)
    if place is None:
        raise EditRefusedError("the rows may be read again: iterator() would ask for them each time.")
    if any(link.name == "iterator" for link in built.links):
        raise EditRefusedError("they are read by iterator() already.")
    parent = source.parents[place]
    around = source.parents[parent] if isinstance(parent, ast.comprehension) else parent
    if isinstance(around, _COMPREHENSIONS):
        raise EditRefusedError(
            "the list that is made of the rows stays in memory, whatever reads them: handle them one by one."
        )
    return place


def page_fix(site: QuerySetSite, target: Target, source: Source | None) -> Fix:
    """Pages: an attribute of a class, or a Paginator. Said, not edited: the answer gets another form."""
    holder = site.holder if site.frame is None else None
    caveat = "No diff: who reads the answer has to ask for pages then."
    if holder is not None and holder.kind in ("view", "other"):
        is_api = holder.kind == "view" and _is_api(source, site)
        code = "pagination_class = PageNumberPagination" if is_api else f"paginate_by = {_PAGE}"
        return Fix(kinds=("paginate",), title=f"Let {holder.name} answer in pages", code=code, caveat=caveat)
    shown = _written(source, site, target)
    ordered = shown if site.ordering else f'{shown}.order_by("pk")'
    return Fix(
        kinds=("paginate",),
        title="Answer in pages",
        code=f'Paginator({ordered}, {_PAGE}).get_page(request.GET.get("page"))',
        caveat=caveat,
    )


def _written(source: Source | None, site: QuerySetSite, target: Target) -> str:
    """The queryset as its line says it; of one that a variable holds, the variable with what comes last."""
    manager = f"{target.model.name}.{target.model.default_manager}.all()"
    try:
        built = find_built(source, site, target)
    except EditRefusedError:
        return manager
    assert source is not None
    if len(built.chains) == 1:
        written = one_line(source, built.first.node)
        return written if built.first.links else f"{written}.all()"
    last = built.chains[1]
    is_last = len(built.chains) == 2 and not _is_given_back(source, last, built.name)
    return one_line(source, last.node) if is_last and last.links[-1].name in _ROWS else built.name


def _is_given_back(source: Source, chain: Chain, name: str) -> bool:
    """Whether it is `books = books.filter(…)`."""
    statement = source.parents.get(chain.node)
    return isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in statement.targets
    )


def _is_api(source: Source | None, site: QuerySetSite) -> bool:
    """Whether a class is a view of Django REST framework, by what it says of itself."""
    if source is None or site.holder is None:
        return False
    holder = find_class(source, site.holder)
    if holder is None:
        return False
    names = [last_name(base) for base in holder.bases]
    return assigned(holder, "serializer_class") is not None or any(
        name.endswith(("ViewSet", "APIView", "ModelMixin")) for name in names
    )


def writes_out(source: Source | None, site: QuerySetSite, target: Target) -> bool:
    """Whether the function around a queryset writes all its rows out: a file, a stream, a generator."""
    try:
        built = find_built(source, site, target)
    except EditRefusedError:
        return False
    if not isinstance(built.scope, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        or (isinstance(node, ast.Name) and node.id in _EXPORTS)
        or (isinstance(node, ast.Attribute) and node.attr in _EXPORTS)
        for node in ast.walk(built.scope)
    )
