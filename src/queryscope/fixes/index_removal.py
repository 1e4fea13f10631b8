"""How an index is dropped: in the model that has it, and as SQL."""

from __future__ import annotations

import re

from queryscope.fixes.index_code import quote
from queryscope.model import Field, Index, Model, Table

# Django names what db_index makes table_column_hash, its twin for LIKE with `_like` behind that, and cuts
# long names at the front (BaseDatabaseSchemaEditor._create_index_name).
_MADE_BY_FIELD = re.compile(r"_[0-9a-f]{8}(_like)?$")


def drop_sql(table: Table, name: str) -> str:
    """The statement that drops it; of a partitioned table it can't be CONCURRENTLY."""
    way = "DROP INDEX" if table.is_partitioned else "DROP INDEX CONCURRENTLY"
    schema = "" if table.schema in ("", "public") else f"{quote(table.schema)}."
    return f"{way} {schema}{quote(name)}"


def field_of(index: Index, model: Model) -> Field | None:
    """The field whose db_index, or unique, made it, as far as its name tells."""
    field = model.field(index.keys[0]) if len(index.keys) == 1 and not index.predicate else None
    if field is None or index.is_unique or not _MADE_BY_FIELD.search(index.name):
        return None
    return field if field.is_indexed or (field.is_unique and is_twin(index)) else None


def is_twin(index: Index) -> bool:
    """Whether it is the second index that db_index makes of texts, for LIKE."""
    return index.name.endswith("_like") and all(each.endswith("_pattern_ops") for each in index.opclasses)


def django_removal(index: Index, model: Model) -> str:
    """What to change in the model; its migration then drops the index."""
    field = field_of(index, model)
    if field is None:
        return f'take "{index.name}" out of {model.name}.Meta, if it stands there: RemoveIndexConcurrently'
    if field.target is not None:
        return f"{model.name}.{field.name}: db_index=False"
    if is_twin(index):
        own = "UniqueConstraint in Meta.constraints" if field.is_unique else "Index in Meta.indexes"
        option = "unique" if field.is_unique else "db_index"
        return (
            f"{model.name}.{field.name}: models.{own} instead of {option}=True, "
            "which makes this second index for LIKE"
        )
    return f"{model.name}.{field.name}: without db_index=True"
