"""Plan rules, the more specific first: one fact of a node is told once, by the first that sees it (`claims`).

A rule says in `Insight.fact` what it speaks of, in `nodes` of which nodes, where that isn't its own alone,
and in `explains` what it is the reason of: a scan that is read again and again explains the join above it.
Where all that an insight would tell has been told, it is left out. A badge claims nothing.
"""

from __future__ import annotations

from queryscope.rules.base import PlanRule
from queryscope.rules.plan.append_many import AppendMany
from queryscope.rules.plan.claims import judge
from queryscope.rules.plan.correlated_subplan import CorrelatedSubplan
from queryscope.rules.plan.count_all import CountAll
from queryscope.rules.plan.cte_fence import CteFence
from queryscope.rules.plan.distinct_on_join import DistinctOnJoin
from queryscope.rules.plan.estimate_off import EstimateOff
from queryscope.rules.plan.function_on_column import FunctionOnColumn
from queryscope.rules.plan.hash_spill import HashSpill
from queryscope.rules.plan.hashagg_spill import HashaggSpill
from queryscope.rules.plan.heap_fetches import HeapFetches
from queryscope.rules.plan.incremental_sort import IncrementalSort
from queryscope.rules.plan.index_filter_waste import IndexFilterWaste
from queryscope.rules.plan.inner_seq_scan import InnerSeqScan
from queryscope.rules.plan.join_filter_waste import JoinFilterWaste
from queryscope.rules.plan.leading_wildcard import LeadingWildcard
from queryscope.rules.plan.limit_walk import LimitWalk
from queryscope.rules.plan.lossy_bitmap import LossyBitmap
from queryscope.rules.plan.many_seq_scans import ManySeqScans
from queryscope.rules.plan.nested_loop_heavy import NestedLoopHeavy
from queryscope.rules.plan.never_analyzed import NeverAnalyzed
from queryscope.rules.plan.offset_deep import OffsetDeep
from queryscope.rules.plan.or_seq_scan import OrSeqScan
from queryscope.rules.plan.recheck_waste import RecheckWaste
from queryscope.rules.plan.seq_scan_selective import SeqScanSelective
from queryscope.rules.plan.seq_scan_unselective import SeqScanUnselective
from queryscope.rules.plan.serialize_cost import SerializeCost
from queryscope.rules.plan.skip_scan import SkipScan
from queryscope.rules.plan.sort_for_limit import SortForLimit
from queryscope.rules.plan.sort_spill import SortSpill
from queryscope.rules.plan.temp_io import TempIo
from queryscope.rules.plan.trigger_time import TriggerTime
from queryscope.rules.plan.type_cast import TypeCast
from queryscope.rules.plan.unselective_index import UnselectiveIndex
from queryscope.rules.plan.wide_rows import WideRows

__all__ = ["PLAN_RULES", "judge"]

PLAN_RULES: tuple[type[PlanRule], ...] = (
    CorrelatedSubplan,
    InnerSeqScan,
    LimitWalk,
    AppendMany,
    LeadingWildcard,
    FunctionOnColumn,
    TypeCast,
    OrSeqScan,
    SeqScanSelective,
    SkipScan,
    LossyBitmap,
    RecheckWaste,
    IndexFilterWaste,
    UnselectiveIndex,
    DistinctOnJoin,
    ManySeqScans,
    SeqScanUnselective,
    HeapFetches,
    CteFence,
    CountAll,
    SortForLimit,
    OffsetDeep,
    IncrementalSort,
    NeverAnalyzed,
    EstimateOff,
    JoinFilterWaste,
    SortSpill,
    HashSpill,
    HashaggSpill,
    TempIo,
    NestedLoopHeavy,
    TriggerTime,
    SerializeCost,
    WideRows,
)
