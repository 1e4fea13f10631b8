"""Plans of which a badge should speak, and no finding."""

from __future__ import annotations

from clinic.models import Stay, Ward
from django.db.models import Count
from freight.models import Depot, Parcel, Scan
from situation import quiet

WHOLE = "seq-scan-unselective many-seq-scans"

quiet(
    lambda: Depot.objects.values("region").annotate(n=Count("parcel")),
    name="compiled for a short query",
    settings={
        "jit_above_cost": "0",
        "jit_inline_above_cost": "0",
        "jit_optimize_above_cost": "0",
        "work_mem": "64MB",
    },
    badge="jit-overhead",
    may=WHOLE,
    until=180000,
)
quiet(
    lambda: Scan.objects.values("code").annotate(n=Count("id")),
    name="workers that did not come",
    settings={"max_parallel_workers": "0"},
    badge="workers-missing",
    may=WHOLE,
)
quiet(
    lambda: Scan.objects.values("code").annotate(n=Count("id")),
    name="a big scan by one process",
    settings={"max_parallel_workers_per_gather": "0"},
    badge="parallel-not-used",
    may=WHOLE,
)
quiet(
    lambda: Stay.objects.filter(cost__lt=9).values("pk"),
    name="workers for a query of few milliseconds",
    settings={"parallel_setup_cost": "0", "parallel_tuple_cost": "0", "min_parallel_table_scan_size": "0"},
    badge="",
    may="seq-scan-selective",
)
quiet(
    lambda: Ward.objects.filter(floor=3),
    name="a probe's setting is on",
    settings={"enable_seqscan": "off"},
    badge="disabled-node",
    since=180000,
)
quiet(
    lambda: Parcel.objects.filter(pk__lt=60000).select_related("carrier", "depot").order_by("pk"),
    name="joins to tiny tables",
    settings={"max_parallel_workers_per_gather": "0"},
    may=WHOLE,
)
