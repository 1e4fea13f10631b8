"""What a plan reads, in the project's words: tables behind aliases, models and fields behind those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from queryscope.model import Models, PlanNode, Schema
from queryscope.plans.metrics import walk

_COLUMN = re.compile(r'(?:("(?:[^"]|"")+"|\w+)\.)?("(?:[^"]|"")+"|[^\W\d]\w*)')
_SUBQUERIES = frozenset({"InitPlan", "SubPlan"})
_ALIAS = re.compile(r'("(?:[^"]|"")+"|[^\W\d]\w*)\.(?=["\w])')


def relations_of(root: PlanNode) -> dict[str, str]:
    """The relation behind every alias at or below a node."""
    return {node.alias or node.relation_name: node.relation_name for node in walk(root) if node.relation_name}


def joined_relations(root: PlanNode) -> dict[str, str]:
    """The relation behind every alias whose rows come to a node; those of its subqueries are another's."""
    found, waiting = {}, [root]
    while waiting:
        node = waiting.pop()
        if node.relation_name:
            found[node.alias or node.relation_name] = node.relation_name
        waiting += [child for child in node.children if child.parent_relationship not in _SUBQUERIES]
    return found


def columns_in(texts: Iterable[str], relations: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Relation and column of every text that is nothing but a column; of one table they have no alias."""
    alone = next(iter(relations.values())) if len(relations) == 1 else ""
    for text in texts:
        found = _COLUMN.fullmatch(text)
        relation = relations.get(_plain(found[1]), "") if found and found[1] else alone
        if found and relation:
            yield relation, _plain(found[2])


def aliases_in(texts: Iterable[str]) -> set[str]:
    """The aliases that these expressions name."""
    return {_plain(alias) for text in texts for alias in _ALIAS.findall(text)}


def model_name(relation: str, models: Models) -> str:
    """`Book` for `shop_book`; the relation itself where no model is stored in it."""
    model = models.by_table(relation)
    return model.name if model is not None else relation


def primary_keys(relation: str, schema: Schema, models: Models) -> Iterator[str]:
    """The column that is the key of a table, from its model and from the catalog."""
    model, table = models.by_table(relation), schema.table(relation)
    if model is not None:
        found = [field.column for field in model.fields if field.is_primary]
        yield from found if len(found) == 1 else ()
    if table is not None:
        yield from (index.keys[0] for index in table.indexes if index.is_primary and len(index.keys) == 1)


def meta_of(relation: str, models: Models) -> str:
    """Where an index of a table is written: Meta of its model, if that is the project's own."""
    model = models.by_table(relation)
    if model is not None and model.module and not model.path:
        return f"a migration of your own, {model.name} being another package's"
    return f"Meta.indexes of {model_name(relation, models)}"


def field_name(relation: str, column: str, models: Models) -> str:
    """`author` for `author_id`; the column itself where no field is stored in it."""
    model = models.by_table(relation)
    field = model.field(column) if model is not None else None
    return field.name if field is not None else column


def field_names(texts: Iterable[str], relations: dict[str, str], models: Models) -> list[str]:
    """The fields of those texts that are nothing but a column."""
    return [field_name(relation, column, models) for relation, column in columns_in(texts, relations)]


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
