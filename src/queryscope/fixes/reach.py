"""What code that may run with some rows names, whether it ran or not: a branch that wasn't taken may read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from queryscope.fixes.bound import Places, methods_of
from queryscope.fixes.chain import QUERYSET_METHODS
from queryscope.fixes.holder import find_class
from queryscope.fixes.loops import function_at
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.template_names import TEMPLATES, template_paths, template_words
from queryscope.model import ClassSite, Frame, Model, Models, QuerySetSite

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_ASKING = frozenset({"getattr", "hasattr", "attrgetter", "setattr"})
# Calls whose strings are lookups: they join in SQL and read no attribute.
_LOOKUPS = QUERYSET_METHODS | {
    "Prefetch",
    "F",
    "Q",
    "OuterRef",
    "Count",
    "Sum",
    "Avg",
    "Min",
    "Max",
    "order_by",
}
# What these keep is no row.
_KEEPS_NO_ROWS = frozenset({"cached_property", "never_cache", "cache_page", "cache_control", "cached"})
_MOST = 200  # pieces of code that are looked at


def _running(source: Source, frame: Frame) -> ast.AST | None:
    """The function that a frame runs in, or the module."""
    return source.tree if frame.function == "<module>" else function_at(source, frame)


class Reach:
    """The names that code in reach of some rows reads, and whether it may keep the rows after the unit."""

    def __init__(self, sources: Sources, models: Models, apart: frozenset[int] = frozenset()) -> None:
        self._sources = sources
        self._apart = apart
        self._places = Places(sources)
        self._models = {(model.path, model.name) for model in models.models if model.path}
        self._words: set[str] = set()
        self._waiting: list[tuple[Source, ast.AST]] = []
        self._met: set[ast.AST] = set()
        self._templates: set[str] = set()
        self.keeps_rows = False
        self.has_classes = False  # views perhaps, which find a template by themselves

    @staticmethod
    def of(
        sources: Sources, models: Models, frames: Sequence[Frame], holder: ClassSite | None, label: str = ""
    ) -> Reach:
        """The reach of rows that these functions handle, or that this class holds."""
        # By identity: thousands of observations have the same frames, and hashing them takes long.
        key = ("reach", id(models), id(frames), holder, label)
        known = sources.memo.get(key)
        if known is None:
            known = sources.memo[key] = (_reach(sources, models, frames, holder, label), models, frames)
        found: Reach = known[0]
        return found

    @staticmethod
    def without(
        nodes: Sequence[ast.AST],
        sources: Sources,
        models: Models,
        frames: Sequence[Frame],
        site: QuerySetSite,
    ) -> Reach:
        """The reach of a queryset's rows as it will be once these attributes are no longer read there."""
        apart = frozenset(map(id, nodes))
        return _reach(sources, models, frames, site.holder, site.model, apart)

    def names(self, name: str) -> bool:
        """Whether anything in reach names that attribute."""
        return name in self._words

    def start(self, frames: Sequence[Frame], holder: ClassSite | None) -> None:
        """Where to begin: functions with the classes around them, lines of templates, a class."""
        for frame in frames:
            if frame.is_template:
                self._add_template(frame.path, frame.path)
                continue
            source = self._sources.at(frame.path)
            function = _running(source, frame) if source is not None else None
            if source is None or function is None:
                continue
            self.keeps_rows = self.keeps_rows or _keeps(function)
            parent = source.parents.get(function)
            self._add(source, parent if isinstance(parent, ast.ClassDef) else function)
        if holder is not None:
            source = self._sources.at(holder.path)
            found = find_class(source, holder) if source is not None else None
            if source is not None and found is not None:
                self._add(source, found)

    def explore(self, near: Sequence[Model]) -> None:
        """Follow every name; of the models near the rows, the methods and properties that are named."""
        methods: dict[str, list[tuple[Source, ast.AST]]] = {}
        for model in near:
            source = self._sources.at(model.path) if model.path else None
            for name, where, node in methods_of(self._places, source, model.name) if source else ():
                methods.setdefault(name, []).append((where, node))
        named: set[str] = set()
        while self._waiting or self._words - named:
            while self._waiting:
                self._scan(*self._waiting.pop())
            for name in self._words - named:
                named.add(name)
                for source, node in methods.get(name, ()):
                    self._add(source, node)

    def add_default_templates(self, path: str, model: Model) -> None:
        """Templates that a generic view finds by the name of its model."""
        for kind in ("list", "detail", "form"):
            self._add_template(path, f"{model.app_label}/{model.name.lower()}_{kind}.html")

    def _add(self, source: Source, node: ast.AST) -> None:
        is_model = isinstance(node, ast.ClassDef) and (source.path, node.name) in self._models
        if node not in self._met and not is_model and len(self._met) < _MOST:
            self._met.add(node)
            self.has_classes = self.has_classes or isinstance(node, ast.ClassDef)
            self._waiting.append((source, node))

    def _scan(self, source: Source, node: ast.AST) -> None:
        for child in ast.walk(node):
            if isinstance(child, ast.Attribute):
                # request.user
                if last_name(child.value) != "request" and id(child) not in self._apart:
                    self._words.add(child.attr)
                self._follow(source, child)
            elif isinstance(child, ast.Name):
                self._follow(source, child)
            elif isinstance(child, ast.Call) and last_name(child.func) in _ASKING:
                self._words.update(_words(child.args))
            elif isinstance(child, ast.ClassDef):
                self._words.update(_class_words(child))
            elif isinstance(child, ast.Constant) and str(child.value).endswith(TEMPLATES):
                self._add_template(source.path, str(child.value))

    def _follow(self, source: Source, node: ast.Name | ast.Attribute) -> None:
        found = self._places.of(source, node)
        if found is not None:
            self._add(*found)

    def _add_template(self, path: str, name: str) -> None:
        for each in (name, *template_paths(path, name)):
            if each in self._templates or len(self._templates) >= _MOST:
                continue
            text = self._sources.text(each)
            if text is None:
                continue
            self._templates.add(each)
            words, others = template_words(text)
            self._words.update(words)
            for other in others:
                self._add_template(each, other)


def _reach(
    sources: Sources,
    models: Models,
    frames: Sequence[Frame],
    holder: ClassSite | None,
    label: str,
    apart: frozenset[int] = frozenset(),
) -> Reach:
    found = Reach(sources, models, apart)
    found.start(frames, holder)
    model = models.get(label)
    if model is not None and found.has_classes:
        for path in {holder.path} if holder is not None else {frame.path for frame in frames}:
            found.add_default_templates(path, model)
    found.explore(list(_near(model, models)) if model is not None else [])
    return found


def _near(model: Model, models: Models) -> Iterator[Model]:
    labels = {model.label, *(relation.target for relation in model.relations)}
    yield from (each for each in models.models if each.label in labels)


def _keeps(function: ast.AST) -> bool:
    """Whether a function may hand rows to something that lives on: a cache, a global."""
    for node in ast.walk(function):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Global) or ("cache" in name.lower() and name not in _KEEPS_NO_ROWS):
            return True
    return False


def _words(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The parts of strings such as `author.name` and `author__name`."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            yield from node.value.replace("__", ".").split(".")


def _class_words(holder: ast.ClassDef) -> Iterator[str]:
    """What the body of a class names: fields of a serializer, columns of a list, sources."""
    waiting: list[ast.AST] = list(holder.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Function | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and last_name(node.func) in _LOOKUPS:
            waiting.append(node.func)
            continue
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            if "list_select_related" in names:
                continue
            yield from names
        if isinstance(node, ast.Dict):
            waiting += node.values
            continue
        yield from _words([node])
        waiting += ast.iter_child_nodes(node)
