"""A few rows by chance, without sorting all of them. Said, not edited: it is another kind of chance."""

from __future__ import annotations

from queryscope.fixes.narrowed import narrowed
from queryscope.fixes.source import Source
from queryscope.model import Fix, Model, QuerySetSite

_SPARE = 10  # keys drawn for each row that is wanted: deleted rows leave gaps, conditions leave rows out
_INTEGERS = frozenset({
    "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField",
    "PositiveIntegerField", "PositiveBigIntegerField",
})  # fmt: skip


def sample_fix(
    model: Model | None,
    limit: int,
    table: str,
    *,
    site: QuerySetSite | None = None,
    source: Source | None = None,
) -> Fix:
    """Draw keys, where they are numbers; else start at a random key, or sample pages of the table.

    Args:
        model: of the queryset; None for plain SQL.
        limit: how many rows are wanted.
        table: that is sorted.
        site: where the queryset is built.
        source: the file of that place.
    """
    sampled = f"SELECT … FROM {table or '…'} TABLESAMPLE SYSTEM (1) LIMIT {limit}"  # noqa: S608 - is printed
    if model is None:
        return Fix(
            kinds=("sample",),
            title="Sample the table",
            code=sampled,
            caveat="No diff: TABLESAMPLE takes whole pages, whose rows may be alike.",
        )
    manager = f"{model.name}.{model.default_manager}"
    shown = f"[:{limit}]"
    field = model.field(model.primary_key)
    if field is None or field.type in _INTEGERS:
        drawn = f"random.choices(range(highest + 1), k={limit * _SPARE})"
        lines = [
            f'highest = {manager}.aggregate(highest=Max("pk"))["highest"] or 0',
            f"{narrowed(model, f'pk__in={drawn}', site, source)}{shown}",
        ]
    else:
        drawn = "uuid.uuid4()" if field.type == "UUIDField" else "a_random_key"
        lines = [f'{narrowed(model, f"pk__gte={drawn}", site, source)}.order_by("pk"){shown}']
    return Fix(
        kinds=("sample",),
        title="Choose random keys",
        code="\n".join(lines),
        caveat=(
            "No diff: drawn keys are another kind of chance. Where keys have many gaps, or few rows meet the "
            f"conditions, draw more; of a table of millions {sampled} reads a few pages."
        ),
    )
