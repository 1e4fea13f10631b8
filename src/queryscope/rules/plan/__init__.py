"""Plan rules, in the order in which a report lists them."""

from __future__ import annotations

from queryscope.rules.base import PlanRule
from queryscope.rules.plan.correlated_subplan import CorrelatedSubplan
from queryscope.rules.plan.estimate_off import EstimateOff
from queryscope.rules.plan.hash_spill import HashSpill
from queryscope.rules.plan.index_filter_waste import IndexFilterWaste
from queryscope.rules.plan.inner_seq_scan import InnerSeqScan
from queryscope.rules.plan.limit_walk import LimitWalk
from queryscope.rules.plan.offset_deep import OffsetDeep
from queryscope.rules.plan.seq_scan_selective import SeqScanSelective
from queryscope.rules.plan.sort_for_limit import SortForLimit
from queryscope.rules.plan.sort_spill import SortSpill

PLAN_RULES: tuple[type[PlanRule], ...] = (
    SeqScanSelective,
    InnerSeqScan,
    CorrelatedSubplan,
    LimitWalk,
    IndexFilterWaste,
    SortForLimit,
    OffsetDeep,
    SortSpill,
    HashSpill,
    EstimateOff,
)
