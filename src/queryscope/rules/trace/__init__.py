"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.deferred_field_read import DeferredFieldRead
from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.refiltered_prefetch import RefilteredPrefetch
from queryscope.rules.trace.slow_query import SlowQuery

TRACE_RULES = (NPlusOne, RefilteredPrefetch, DeferredFieldRead, DuplicateQuery, SlowQuery)

__all__ = [
    "TRACE_RULES",
    "DeferredFieldRead",
    "DuplicateQuery",
    "NPlusOne",
    "RefilteredPrefetch",
    "SlowQuery",
]
