"""`filter(reviews__stars=5).distinct()` asks whether there is such a review: `filter(Exists(…))` says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import Built, find_built
from queryscope.fixes.chain import Link
from queryscope.fixes.exists_parts import Part, parts_of
from queryscope.fixes.imports import Imports
from queryscope.fixes.removed import removed_call
from queryscope.fixes.root import Target, last_name
from queryscope.fixes.source import Replacement, Source
from queryscope.model import AccessKind, Edit, Fix, Model, ModelRelation, Models, QuerySetSite

_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})
# Expressions that speak of the outer rows would speak of the inner ones.
_EXPRESSIONS = frozenset({"F", "OuterRef", "Q", "Exists", "Subquery", "Case", "When"})
# With these in the chain, DISTINCT may be there for something else.
_OTHER_REASONS = frozenset({
    "aggregate", "alias", "annotate", "extra", "union", "intersection", "difference", "values", "values_list",
})  # fmt: skip
TITLE = "Ask with Exists() instead of a join and DISTINCT"


@dataclass(frozen=True, slots=True)
class _Question:
    """Conditions on one related row, in one call of filter()."""

    relation: ModelRelation
    target: Model
    conditions: tuple[str, ...]
    keywords: tuple[ast.keyword, ...]
    outer: str = "pk"
    node: ast.expr | None = None  # the part of an argument that it replaces, where it isn't keywords
    joined: str = ""  # conditions that are joined by `|` or `&`

    def code(
        self, exists: str = "Exists", outer_ref: str = "OuterRef", model: str = "", mark: str = '"'
    ) -> str:
        inverse = self.relation.remote or "…"
        first = f"{inverse}={outer_ref}({mark}{self.outer}{mark})"
        manager = f"{model or self.target.name}.{self.target.default_manager}"
        given = (*filter(None, (self.joined,)), first, *self.conditions)
        return f"{exists}({manager}.filter({', '.join(given)}))"


@dataclass(slots=True)
class _Text:
    """What was read of a queryset's text."""

    source: Source | None = None
    questions: list[tuple[Link, list[_Question]]] = field(default_factory=list)
    refusal: str = ""
    unparted: str = ""  # why an argument of filter() can't be parted; where it joins nothing, it need not

    @property
    def count(self) -> int:
        return sum(len(questions) for _, questions in self.questions)


def exists_fix(
    site: QuerySetSite,
    target: Target,
    models: Models,
    source: Source | None,
    *,
    joined: Sequence[ModelRelation],
    joins: int,
) -> Fix:
    """The fix for a queryset of which DISTINCT removes what joins multiplied.

    Args:
        site: where it is built.
        target: its model.
        models: the project's models.
        source: the file of that place; None if it can't be read or parsed.
        joined: the relations that the statement joins, as far as they are known.
        joins: how many joins multiply its rows.
    """
    text = _Text()
    diff, caveat = "", ""
    edits: tuple[Edit, ...] = ()
    try:
        built = find_built(source, site, target)
        assert source is not None
        text = _read(source, built, target.model, models)
        _check(built, text, joins)
        _check_conditions(built, text, target.model, models)
        replacements = _edit(source, built, text)
        diff = source.diff(replacements)
        edits = source.edits(replacements) if diff else ()
        caveat = "" if diff else f"{source.path} is written in a way that no edit is safe for."
    except EditRefusedError as refusal:
        caveat = f"No diff: {refusal}"
    return _fix(target.model, text, models, joined, diff=diff, edits=edits, caveat=caveat)


def _fix(
    model: Model,
    text: _Text,
    models: Models,
    joined: Sequence[ModelRelation],
    *,
    diff: str,
    edits: tuple[Edit, ...],
    caveat: str,
) -> Fix:
    told = [code for link, questions in text.questions for code in _told(text.source, link, questions)]
    if not told:  # the conditions are written elsewhere
        for relation in dict.fromkeys(joined):
            other = models.get(relation.target or "")
            if other is not None:
                told.append(_Question(relation, other, ("…",), ()).code())
    return Fix(
        kinds=("exists",),
        title=TITLE,
        code=f"{model.name}.{model.default_manager}.filter({', '.join(told) or 'Exists(…)'})",
        diff=diff,
        edits=edits,
        caveat=caveat,
    )


def _read(source: Source, built: Built, model: Model, models: Models) -> _Text:
    """The questions of all calls of filter() and get(); of what can't be converted the reason is kept."""
    text = _Text(source)
    for link in built.links:
        if link.name in ("filter", "get"):
            questions = _questions(source, link, model, models, text)
            if questions:
                text.questions.append((link, questions))
    return text


def _questions(source: Source, link: Link, model: Model, models: Models, text: _Text) -> list[_Question]:
    by_hop: dict[str, list[ast.keyword]] = {}
    for keyword in link.call.keywords:
        hop = _many_hop(keyword.arg or "", model, models)
        if hop:
            by_hop.setdefault(hop, []).append(keyword)
    parts = list(_parts(link, model, models, text))
    if len({*by_hop, *(part.hop for part in parts)}) < len(by_hop) + len(parts):
        text.refusal = text.refusal or "conditions that one related row has to meet stand in several places."
    asked = [(hop, keywords, None) for hop, keywords in by_hop.items()]
    found = []
    for hop, keywords, part in (*((each.hop, [*each.keywords], each) for each in parts), *asked):
        *before, name = hop.split("__")
        owner = _follow(model, before, models)
        relation = _named(owner, name) if owner else None
        other = models.get(relation.target or "") if relation else None
        if relation is None or other is None:
            continue
        conditions = [_condition(source, each, hop, other, text) for each in keywords]
        outer = "__".join(before) or "pk"
        told = tuple(each for each in conditions if each)
        if before:
            text.refusal = text.refusal or f"{hop} begins at another model's row."
        question = _Question(relation, other, told, tuple(keywords), outer)
        if part is not None:
            question = replace(question, node=part.node)
        if part is not None and not part.is_single:
            joined = _joined(source, part, conditions, text)
            question = replace(question, conditions=(), joined=joined)
        found.append(question)
    return found


def _parts(link: Link, model: Model, models: Models, text: _Text) -> Iterator[Part]:
    for argument in link.call.args:
        try:
            yield from parts_of(argument, lambda name: _many_hop(name, model, models))
        except EditRefusedError as refusal:
            text.unparted = text.unparted or str(refusal)


def _joined(source: Source, part: Part, conditions: Sequence[str], text: _Text) -> str:
    """`Q(stars=5) | Q(is_read=False)`, as it is said of the related row."""
    if not all(conditions):
        text.refusal = text.refusal or "a Q asks whether there is a related row at all."
    spans = [(_keyword_start(source, each), source.end(each.value)) for each in part.keywords]
    shown = _cut(source, part.node, list(zip(spans, conditions, strict=True)))
    return " ".join(shown.split()) if "\n" in shown else shown


def _cut(source: Source, node: ast.expr, pieces: Sequence[tuple[tuple[int, int], str]]) -> str:
    """The text of an expression with some of its pieces said in another way."""
    text, begin = source.text_of(node), source.start(node)
    for (start, end), new in sorted(pieces, reverse=True):
        text = text[: start - begin] + new + text[end - begin :]
    return text


def _told(source: Source | None, link: Link, questions: Sequence[_Question]) -> Iterator[str]:
    """The arguments that ask, one after the other."""
    for argument in link.call.args:
        inside = [(each, each.code()) for each in questions if _is_in(each.node, argument)]
        if inside and source is not None:
            yield " ".join(_substituted(source, argument, inside).split())
    yield from (each.code() for each in questions if each.node is None)


def _substituted(source: Source, argument: ast.expr, inside: Sequence[tuple[_Question, str]]) -> str:
    """An argument with questions in place of its parts."""
    nodes = [(each.node, code) for each, code in inside if each.node is not None]
    spans = [((source.start(node), source.end(node)), code) for node, code in nodes]
    return _cut(source, argument, spans)


def _is_in(node: ast.expr | None, argument: ast.expr) -> bool:
    return node is not None and any(each is node for each in ast.walk(argument))


def _named(model: Model, query_name: str) -> ModelRelation | None:
    return next((each for each in model.relations if each.query_name == query_name), None)


def _many_hop(path: str, model: Model, models: Models) -> str:
    """The part of a lookup up to its first relation to many rows; empty without one."""
    names = path.split("__")
    current: Model | None = model
    for at, name in enumerate(names):
        relation = _named(current, name) if current else None
        if not relation:
            return ""
        if relation.kind in _MANY:
            return "__".join(names[: at + 1])
        current = models.get(relation.target or "")
    return ""


def _follow(model: Model, names: Sequence[str], models: Models) -> Model | None:
    current: Model | None = model
    for name in names:
        relation = _named(current, name) if current else None
        current = models.get(relation.target or "") if relation else None
    return current


def _condition(source: Source, keyword: ast.keyword, hop: str, other: Model, text: _Text) -> str:
    """A keyword as a condition on the related row; empty where it only asks for one."""
    rest = (keyword.arg or "")[len(hop) :].removeprefix("__")
    value = keyword.value
    shown = source.text_of(value) if source.holds(value) else ast.unparse(value)
    if any(isinstance(each, ast.Call) and last_name(each.func) in _EXPRESSIONS for each in ast.walk(value)):
        text.refusal = text.refusal or f"{shown} speaks of the outer rows."
    first = rest.partition("__")[0]
    if rest == "isnull":
        if not (isinstance(value, ast.Constant) and value.value is False):
            text.refusal = text.refusal or f"{keyword.arg} may ask for rows without any."
        return ""
    if first == "pk" or any(first in (each.name, f"{each.name}_id") for each in other.fields):
        return f"{rest}={shown}"
    if any(first in (each.query_name, each.name) for each in other.relations):
        return f"{rest}={shown}"
    if not _is_key(value) or rest:
        text.refusal = text.refusal or f"{shown} may be an instance: name its key."
    return f"pk{'__' if rest else ''}{rest}={shown}"


def _is_key(value: ast.expr) -> bool:
    """Whether an expression is called a key, not an instance."""
    if isinstance(value, ast.Constant):
        return True
    name = last_name(value)
    return name in ("id", "pk") or name.endswith(("_id", "_pk"))


def _edit(source: Source, built: Built, text: _Text) -> list[Replacement]:
    imports = Imports(source)
    replacements = []
    for link, questions in text.questions:
        codes = []
        for question in questions:
            _check_question(question)
            exists, outer_ref = imports.of_django("Exists"), imports.of_django("OuterRef")
            model = imports.of_model(question.target.name, question.target.module)
            codes.append((question, question.code(exists, outer_ref, model, source.quote)))
        replacements.append(_rewritten(source, link.call, codes))
    [distinct] = [link for link in built.links if link.name == "distinct"]
    replacements.append(removed_call(source, distinct, built.name))
    return [*replacements, *imports.replacements()]


def _check(built: Built, text: _Text, joins: int) -> None:
    """Refuse where DISTINCT may still be needed, or the question may change."""
    names = [link.name for link in built.links]
    if names.count("distinct") != 1:
        raise EditRefusedError("distinct() is called elsewhere.")
    distinct = next(link for link in built.links if link.name == "distinct")
    if distinct.call.args or distinct.call.keywords:
        raise EditRefusedError("distinct() has arguments.")
    other = next((name for name in names if name in _OTHER_REASONS), "")
    if other:
        raise EditRefusedError(f"{other}() stands in the same chain: DISTINCT may be there for that.")
    if not text.questions or text.count < joins:
        elsewhere = "a condition that joins is written elsewhere: turn it into Exists() there."
        raise EditRefusedError(text.unparted or elsewhere)
    if text.refusal:
        raise EditRefusedError(text.refusal)


def _check_conditions(built: Built, text: _Text, model: Model, models: Models) -> None:
    """Refuse where something else of the chain may join many rows."""
    for link in built.links:
        if link.name in ("filter", "get", "exclude"):
            has_more = any(keyword.arg is None for keyword in link.call.keywords)
            asked = [each.node for other, found in text.questions if other is link for each in found]
            rest = [each for each in link.call.args if not any(_is_in(node, each) for node in asked)]
            if has_more or not all(_is_told(each, model, models) for each in rest):
                raise EditRefusedError(text.unparted or "conditions are handed over that may join too.")
        if link.name == "order_by":
            for key in link.call.args:
                if not isinstance(key, ast.Constant) or _many_hop(str(key.value).lstrip("-"), model, models):
                    raise EditRefusedError("order_by() may join too.")


def _is_told(argument: ast.expr, model: Model, models: Models) -> bool:
    """Whether a positional condition says by itself that it joins no other rows: an Exists(), a plain Q()."""
    if isinstance(argument, ast.Call) and last_name(argument.func) == "Exists":
        return True
    calls = [
        each for each in ast.walk(argument) if isinstance(each, ast.Call) and last_name(each.func) == "Q"
    ]
    names = [keyword.arg for call in calls for keyword in call.keywords]
    if not names or any(name is None or _many_hop(name, model, models) for name in names):
        return False
    return not any(call.args for call in calls) and _is_of_calls(argument)


def _is_of_calls(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_of_calls(node.left) and _is_of_calls(node.right)
    if isinstance(node, ast.UnaryOp):
        return _is_of_calls(node.operand)
    return isinstance(node, ast.Call)


def _check_question(question: _Question) -> None:
    if not question.relation.remote:
        raise EditRefusedError(f"{question.target.name} has no name in lookups for the way back.")
    if not question.target.is_manager_plain:
        manager = f"{question.target.name}.{question.target.default_manager}"
        raise EditRefusedError(f"{manager} may leave rows out that the join counts.")


def _rewritten(source: Source, call: ast.Call, codes: Sequence[tuple[_Question, str]]) -> Replacement:
    """The arguments of a call with questions in place of conditions: positional ones come first."""
    parts = [(source.start(each), source.end(each)) for each in call.args]
    parts += [(_keyword_start(source, each), source.end(each.value)) for each in call.keywords]
    gaps = [source.text[end:start] for (_, end), (start, _) in pairwise(parts)]
    if any(gap.strip() != "," for gap in gaps):
        raise EditRefusedError("comments stand between the conditions.")
    converted = {id(keyword) for question, _ in codes for keyword in question.keywords}
    texts = []
    for argument in call.args:
        inside = [(question, code) for question, code in codes if _is_in(question.node, argument)]
        texts.append(_substituted(source, argument, inside))
    texts += [code for question, code in codes if question.node is None]
    texts += [
        source.text[start:end]
        for (start, end), keyword in zip(parts[len(call.args) :], call.keywords, strict=True)
        if id(keyword) not in converted
    ]
    between = gaps[0] if gaps and "\n" in gaps[0] else ", "
    return Replacement(parts[0][0], parts[-1][1], between.join(texts))


def _keyword_start(source: Source, keyword: ast.keyword) -> int:
    return source.offset(keyword.lineno, keyword.col_offset)
