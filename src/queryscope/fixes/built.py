"""All that one function or class says of a queryset: its first chain, and those on its variable."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import QUERYSET_METHODS, SHORTCUTS, Chain, Link, chain_from, is_manager, node_at
from queryscope.fixes.holder import assigned, find_class
from queryscope.fixes.root import Target, check_root, last_name, names_model
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, Frame, QuerySetSite

Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class Built:
    """Chains in the order of the text; `scope` is the function, class or module around the first."""

    chains: tuple[Chain, ...]
    scope: ast.AST
    name: str = ""  # of the variable

    @property
    def first(self) -> Chain:
        """The chain at which the queryset starts."""
        return self.chains[0]

    @property
    def links(self) -> tuple[Link, ...]:
        """The calls of all chains."""
        return tuple(link for chain in self.chains for link in chain.links)


def find_built(source: Source | None, site: QuerySetSite, target: Target) -> Built:
    """What the text at a site says of its queryset, also where its chain ends in `count()` or `values()`.

    Raises:
        EditRefusedError: nothing there is certainly that queryset; the text says why.
    """
    if source is None:
        raise EditRefusedError("The file of this line can't be read or parsed here.")
    if site.is_built_by_library:
        raise EditRefusedError("A library builds this queryset: no line of the application does.")
    if site.frame is not None:
        return _at_frame(source, site.frame, target)
    if site.holder is None:
        raise EditRefusedError("No line of the application builds this queryset.")
    return _in_class(source, site.holder, target)


def _at_frame(source: Source, frame: Frame, target: Target) -> Built:
    if frame.is_template:
        raise EditRefusedError("The queryset is built in a template: build it in the view.")
    node = node_at(source, frame)
    if node is None:
        raise EditRefusedError(
            f"{frame.path} has changed since: line {frame.line} no longer holds that expression."
        )
    if isinstance(node, ast.Attribute | ast.Name) and is_manager(node, target):
        return Built((Chain(node, (), node),), _scope(source, node))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        raise EditRefusedError("The queryset is built elsewhere: this line only reads it.")
    if last_name(node.func) in SHORTCUTS:
        raise EditRefusedError(f"{last_name(node.func)}() builds this queryset.")
    if node.func.attr in QUERYSET_METHODS:
        check_root(source, node.func.value, target)
    elif not names_model(source, node.func.value, target):
        raise EditRefusedError("The queryset is built elsewhere: this line only reads it.")
    return _with_variable(source, chain_from(node, source.parents))


def _in_class(source: Source, site: ClassSite, target: Target) -> Built:
    holder = find_class(source, site)
    if holder is None:
        raise EditRefusedError(f"{source.path} has changed since: it holds no class {site.name}.")
    inherited = [
        node
        for method in holder.body
        if isinstance(method, Function) and method.name == "get_queryset"
        for node in ast.walk(method)
        if isinstance(node, ast.Call) and _is_super(node)
    ]
    if len(inherited) == 1:
        built = _with_variable(source, chain_from(inherited[0], source.parents))
        # The first call is get_queryset() itself.
        return Built((_behind_first(built.first), *built.chains[1:]), built.scope, built.name)
    found = assigned(holder, "queryset")
    if found is None or inherited:
        raise EditRefusedError(f"{site.name} doesn't say which queryset it means.")
    chain = _whole(found[1])
    if not (chain.links or is_manager(chain.node, target)) or not names_model(source, chain.root, target):
        raise EditRefusedError(f"{site.name}.queryset is built elsewhere.")
    return Built((chain,), holder)


def _behind_first(chain: Chain) -> Chain:
    return Chain(chain.links[0].call, chain.links[1:], chain.node)


def _is_super(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "get_queryset"
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "super"
    )


def _whole(node: ast.expr) -> Chain:
    links: list[Link] = []
    current = node
    while isinstance(current, ast.Call | ast.Subscript):
        if isinstance(current, ast.Subscript):
            current = current.value
        elif isinstance(current.func, ast.Attribute):
            links.append(Link(current.func.attr, current, current.func))
            current = current.func.value
        else:
            break
    return Chain(current, tuple(reversed(links)), node)


def _scope(source: Source, node: ast.AST) -> ast.AST:
    scope = node
    while not isinstance(scope, Function | ast.Lambda | ast.ClassDef | ast.Module):
        scope = source.parents[scope]
    return scope


def _with_variable(source: Source, first: Chain) -> Built:
    scope = _scope(source, first.node)
    name = _variable(source.parents.get(first.node))
    if not name or not isinstance(scope, Function):
        return Built((first,), scope)
    others = []
    for node in _inside(scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            attribute = source.parents[node]
            call = source.parents.get(attribute)
            if isinstance(attribute, ast.Attribute) and isinstance(call, ast.Call) and call.func is attribute:
                others.append(chain_from(call, source.parents))
    _check_values(source, scope, name, first)
    others.sort(key=lambda chain: (chain.node.lineno, chain.node.col_offset))
    return Built((first, *others), scope, name)


def _variable(statement: ast.AST | None) -> str:
    """The one name to which a statement gives its value."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def _check_values(source: Source, scope: Function, name: str, first: Chain) -> None:
    """Accept a variable that holds that queryset only, and what is made of it."""
    for node in _inside(scope):
        if not isinstance(node, ast.Name) or node.id != name or isinstance(node.ctx, ast.Load):
            continue
        statement = source.parents[node]
        value = getattr(statement, "value", None)
        is_made_of_it = (
            _variable(statement) == name
            and isinstance(value, ast.expr)
            and (value is first.node or _starts_with(value, name))
        )
        if not is_made_of_it:
            raise EditRefusedError(f"{name} holds something else too: the edit may be wrong for that.")


def _starts_with(value: ast.expr, name: str) -> bool:
    root = _whole(value).root
    return isinstance(root, ast.Name) and root.id == name


def _inside(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, with those of functions in it, which may see its variables."""
    for child in ast.iter_child_nodes(scope):
        yield from ast.walk(child)


def loop_over(source: Source, built: Built) -> ast.expr | None:
    """What a loop goes over once: the chain itself, or the variable that is used for nothing else.

    None where the rows may be read again, or in another function.
    """
    if len(built.chains) == 1 and _is_iterated(source, built.first.node):
        return built.first.node
    if not built.name or len(built.chains) > 1 or not isinstance(built.scope, Function):
        return None
    uses = [
        node
        for node in _inside(built.scope)
        if isinstance(node, ast.Name) and node.id == built.name and isinstance(node.ctx, ast.Load)
    ]
    if len(uses) != 1 or not _is_iterated(source, uses[0]):
        return None
    return None if _is_repeated(source, uses[0], built) else uses[0]


def _is_iterated(source: Source, node: ast.expr) -> bool:
    parent = source.parents.get(node)
    return isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node


def _is_repeated(source: Source, node: ast.AST, built: Built) -> bool:
    """Whether a loop or a function stands between a use and the place where the variable gets its value."""
    parent = source.parents[node]
    if isinstance(parent, ast.comprehension) and source.parents[parent].generators[0] is not parent:  # type: ignore[attr-defined]
        return True
    around = _around(source, built.first.node, built.scope)
    return any(
        isinstance(each, ast.For | ast.AsyncFor | ast.While | Function | ast.Lambda | _COMPREHENSIONS)
        and each not in around
        for each in _around(source, node, built.scope)[_own_loop(source, node) :]
    )


def _own_loop(source: Source, node: ast.AST) -> int:
    return 2 if isinstance(source.parents[node], ast.comprehension) else 1


def _around(source: Source, node: ast.AST, scope: ast.AST) -> Sequence[ast.AST]:
    found = []
    while (node := source.parents[node]) is not scope:
        found.append(node)
    return found


def one_line(source: Source, node: ast.expr) -> str:
    """An expression as it is written; over several lines, as it would be on one."""
    text = source.text_of(node) if source.holds(node) else ""
    if text and "\n" not in text:
        return text
    text = ast.unparse(node)
    return text if '"' in text else text.replace("'", '"')
