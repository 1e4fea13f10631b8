"""Rules that judge all units of work of a run together, in the order in which a report lists them."""

from queryscope.rules.run.unread_columns import UnreadColumns
from queryscope.rules.run.unused_prefetch_related import UnusedPrefetchRelated
from queryscope.rules.run.unused_select_related import UnusedSelectRelated

RUN_RULES = (UnusedSelectRelated, UnusedPrefetchRelated, UnreadColumns)

__all__ = ["RUN_RULES", "UnreadColumns", "UnusedPrefetchRelated", "UnusedSelectRelated"]
