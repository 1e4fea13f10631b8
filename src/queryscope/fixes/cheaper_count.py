"""What to do about a COUNT that takes long: estimate it, keep it, or ask for less. Said, not edited."""

from __future__ import annotations

import re

from queryscope.fixes.chain import call_of
from queryscope.fixes.counted import COUNTS
from queryscope.fixes.sources import Sources
from queryscope.model import Fix, QueryGroup

_ESTIMATE = """\
class EstimatedPaginator(Paginator):
    @cached_property
    def count(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", ["{table}"])
            return cursor.fetchone()[0]
"""
_KEPT = """\
class RememberedPaginator(Paginator):
    @cached_property
    def count(self):
        return cache.get_or_set("{name}-count", lambda: self.object_list.count(), 60)
"""
_NO_DIFF = "No diff: whether a page may show a number that is a little old is the project's decision."


def needless(sql: str) -> str:
    """What a COUNT carries along that its number may do without, in words; "" for nothing."""
    if "SELECT DISTINCT" in sql:
        return "a DISTINCT over a join" if " JOIN " in sql else "a DISTINCT"
    if re.search(r"\bGROUP BY\b", sql) and " HAVING " not in sql:
        return "annotations"
    return ""


def cheaper_count_fix(group: QueryGroup, table: str, sources: Sources) -> Fix:
    """The fix for a slow COUNT.

    Args:
        group: its queries.
        table: what is counted.
        sources: the project's files.
    """
    site = group.site
    name = site.model.rpartition(".")[2].lower() if site is not None else "row"
    if site is not None and site.holder is not None and site.holder.kind == "admin":
        attributes = "show_full_result_count = False\npaginator = EstimatedPaginator"
        code = f"{attributes}\n\n{_ESTIMATE.format(table=table)}"
        return _fix("Let the changelist do without the number of all rows", code)
    carried = needless(group.sql)
    if carried == "annotations":
        return _fix("Count before the annotations", "paginator.count = rows_before_annotate.count()")
    if carried:
        code = "filter(Exists(related.filter(…))) in place of a filter over the join and distinct()"
        return _fix("Ask with Exists() instead of a join and distinct()", code)
    is_whole = not re.search(r"\b(WHERE|HAVING|GROUP BY|DISTINCT|JOIN)\b", group.sql)  # of the whole table
    title = "Estimate the number of all rows" if is_whole else "Keep the number for a while"
    place = group.stack[0] if group.stack else None
    source = sources.around(place)
    call = call_of(source, place, COUNTS) if place is not None else None
    if call is not None and source is not None and not is_whole:
        code = f'cache.get_or_set("{name}-count", {source.text_of(call.func)}, 60)'
        return _fix(title, code)
    return _fix(title, (_ESTIMATE if is_whole else _KEPT).format(table=table, name=name))


def _fix(title: str, code: str) -> Fix:
    keyset = (
        " A list that only goes on needs no number: keyset pages (filter(pk__gt=last)[:n]) count nothing."
    )
    return Fix(kinds=("count",), title=title, code=code.rstrip("\n"), caveat=_NO_DIFF + keyset)
