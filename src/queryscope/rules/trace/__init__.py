"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.membership_in_loop import MembershipInLoop
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.query_in_loop import QueryInLoop
from queryscope.rules.trace.slow_query import SlowQuery
from queryscope.rules.trace.uncached_lookup import UncachedLookup

TRACE_RULES = (NPlusOne, MembershipInLoop, UncachedLookup, QueryInLoop, DuplicateQuery, SlowQuery)

__all__ = [
    "TRACE_RULES",
    "DuplicateQuery",
    "MembershipInLoop",
    "NPlusOne",
    "QueryInLoop",
    "SlowQuery",
    "UncachedLookup",
]
