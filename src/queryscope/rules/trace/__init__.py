"""Rules that judge one unit of work, in the order in which a report lists them."""

from queryscope.rules.trace.duplicate_query import DuplicateQuery
from queryscope.rules.trace.long_transaction import LongTransaction
from queryscope.rules.trace.n_plus_one import NPlusOne
from queryscope.rules.trace.signal_query_per_save import SignalQueryPerSave
from queryscope.rules.trace.slow_query import SlowQuery
from queryscope.rules.trace.transaction_per_row import TransactionPerRow
from queryscope.rules.trace.write_in_loop import WriteInLoop

TRACE_RULES = (
    NPlusOne,
    SignalQueryPerSave,
    WriteInLoop,
    TransactionPerRow,
    DuplicateQuery,
    LongTransaction,
    SlowQuery,
)

__all__ = [
    "TRACE_RULES",
    "DuplicateQuery",
    "LongTransaction",
    "NPlusOne",
    "SignalQueryPerSave",
    "SlowQuery",
    "TransactionPerRow",
    "WriteInLoop",
]
