"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.count_then_iterate import CountThenIterate
from queryscope.rules.trace.deep_offset import DeepOffset
from queryscope.rules.trace.deferred_field_read import DeferredFieldRead
from queryscope.rules.trace.distinct_after_join import DistinctAfterJoin
from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.exists_then_get import ExistsThenGet
from queryscope.rules.trace.expensive_count import ExpensiveCount
from queryscope.rules.trace.latent_n_plus_one import LatentNPlusOne
from queryscope.rules.trace.len_instead_of_count import LenInsteadOfCount
from queryscope.rules.trace.long_transaction import LongTransaction
from queryscope.rules.trace.membership_in_loop import MembershipInLoop
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.one_query_per_instance_prefetch import OneQueryPerInstancePrefetch
from queryscope.rules.trace.query_in_loop import QueryInLoop
from queryscope.rules.trace.queryset_evaluated_twice import QuerysetEvaluatedTwice
from queryscope.rules.trace.random_order import RandomOrder
from queryscope.rules.trace.refiltered_prefetch import RefilteredPrefetch
from queryscope.rules.trace.signal_query_per_save import SignalQueryPerSave
from queryscope.rules.trace.slow_query import SlowQuery
from queryscope.rules.trace.transaction_per_row import TransactionPerRow
from queryscope.rules.trace.tree_walk import TreeWalk
from queryscope.rules.trace.truth_instead_of_exists import TruthInsteadOfExists
from queryscope.rules.trace.unbounded_result import UnboundedResult
from queryscope.rules.trace.uncached_lookup import UncachedLookup
from queryscope.rules.trace.write_in_loop import WriteInLoop

TRACE_RULES = (
    NPlusOne,
    RefilteredPrefetch,
    DeferredFieldRead,
    OneQueryPerInstancePrefetch,
    TreeWalk,
    LatentNPlusOne,
    MembershipInLoop,
    SignalQueryPerSave,
    WriteInLoop,
    TransactionPerRow,
    UncachedLookup,
    QueryInLoop,
    ExistsThenGet,
    CountThenIterate,
    QuerysetEvaluatedTwice,
    DuplicateQuery,
    LenInsteadOfCount,
    TruthInsteadOfExists,
    RandomOrder,
    DeepOffset,
    DistinctAfterJoin,
    ExpensiveCount,
    UnboundedResult,
    LongTransaction,
    SlowQuery,
)

__all__ = [
    "TRACE_RULES",
    "CountThenIterate",
    "DeepOffset",
    "DeferredFieldRead",
    "DistinctAfterJoin",
    "DuplicateQuery",
    "ExistsThenGet",
    "ExpensiveCount",
    "LatentNPlusOne",
    "LenInsteadOfCount",
    "LongTransaction",
    "MembershipInLoop",
    "NPlusOne",
    "OneQueryPerInstancePrefetch",
    "QueryInLoop",
    "QuerysetEvaluatedTwice",
    "RandomOrder",
    "RefilteredPrefetch",
    "SignalQueryPerSave",
    "SlowQuery",
    "TransactionPerRow",
    "TreeWalk",
    "TruthInsteadOfExists",
    "UnboundedResult",
    "UncachedLookup",
    "WriteInLoop",
]
