"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.deep_offset import DeepOffset
from queryscope.rules.trace.distinct_after_join import DistinctAfterJoin
from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.random_order import RandomOrder
from queryscope.rules.trace.slow_query import SlowQuery
from queryscope.rules.trace.unbounded_result import UnboundedResult

TRACE_RULES = (
    NPlusOne,
    DuplicateQuery,
    RandomOrder,
    DeepOffset,
    DistinctAfterJoin,
    UnboundedResult,
    SlowQuery,
)

__all__ = [
    "TRACE_RULES",
    "DeepOffset",
    "DistinctAfterJoin",
    "DuplicateQuery",
    "NPlusOne",
    "RandomOrder",
    "SlowQuery",
    "UnboundedResult",
]
