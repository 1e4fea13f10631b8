"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.latent_n_plus_one import LatentNPlusOne
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.one_query_per_instance_prefetch import OneQueryPerInstancePrefetch
from queryscope.rules.trace.slow_query import SlowQuery
from queryscope.rules.trace.tree_walk import TreeWalk

TRACE_RULES = (NPlusOne, OneQueryPerInstancePrefetch, TreeWalk, LatentNPlusOne, DuplicateQuery, SlowQuery)

__all__ = [
    "TRACE_RULES",
    "DuplicateQuery",
    "LatentNPlusOne",
    "NPlusOne",
    "OneQueryPerInstancePrefetch",
    "SlowQuery",
    "TreeWalk",
]
