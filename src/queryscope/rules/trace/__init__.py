"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.slow_query import SlowQuery
from queryscope.rules.trace.tree_walk import TreeWalk

TRACE_RULES = (NPlusOne, TreeWalk, DuplicateQuery, SlowQuery)

__all__ = ["TRACE_RULES", "DuplicateQuery", "NPlusOne", "SlowQuery", "TreeWalk"]
