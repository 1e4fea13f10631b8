"""Where the change of a queryset belongs: the line that builds it, or the one by which a class says which."""

from __future__ import annotations

import ast

from queryscope.fixes.chain import chains_of, lines_of
from queryscope.fixes.holder import assigned, find_class
from queryscope.fixes.root import Target, names_model
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, Location, Model, QuerySetSite


def site_location(site: QuerySetSite | None, source: Source | None) -> Location | None:
    """From the root expression of a site's queryset to the end of its chain; None where there is no site.

    Args:
        site: where the queryset is built.
        source: the file of that place; None if it can't be read or parsed.
    """
    if site is not None and site.frame is not None:
        line, end_line = lines_of(source, site.frame)
        return Location(path=site.frame.path, line=line, end_line=end_line, function=site.frame.function)
    if site is None or site.holder is None:
        return None
    node = _saying(source, site.holder, site.model) if source is not None else None
    line = node.lineno if node is not None else site.holder.line
    end_line = node.end_lineno or line if node is not None else line
    return Location(path=site.holder.path, line=line, end_line=end_line, function=site.holder.name)


def _saying(source: Source, site: ClassSite, label: str) -> ast.expr | ast.stmt | None:
    """What of a class says which rows it is about; None where only a new attribute or method could."""
    holder = find_class(source, site)
    if holder is None or site.kind == "admin":
        return None
    target = Target(model=Model(label=label, table=""))
    for name, part in (("queryset", 1), ("model", 0)):
        found = assigned(holder, name)
        if found is None or (isinstance(found[1], ast.Constant) and found[1].value is None):
            continue
        is_about = names_model(source, found[1], target) or not _names_class(found[1])
        return found[part] if is_about else None
    inside = {id(chain.node): chain.node for chain in chains_of(source, holder, target)}
    return next(iter(inside.values())) if len(inside) == 1 and site.kind == "form" else None


def _names_class(value: ast.expr) -> bool:
    """Whether an expression starts from a class: of another model, where it isn't this one's."""
    names = []
    node: ast.expr = value
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        names += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.func if isinstance(node, ast.Call) else node.value
    names += [node.id] if isinstance(node, ast.Name) else []
    return any(name[:1].isupper() and not name.isupper() for name in names)
