"""Situations with a fact that one rule should tell."""

from __future__ import annotations

from datetime import UTC, date, datetime

from clinic.models import Alarm, Doctor, Event, Invoice, Letter, Patient, Reading, Shift, Stay, Visit
from django.db.models import Avg, Count, F, IntegerField, Max, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Cast, Lower, RowNumber
from freight.models import Parcel, Sample, Scan
from situation import tell

INDEX = r"(?i)index"
ONE_PROCESS = {"max_parallel_workers_per_gather": "0"}
SMALL = {"work_mem": "64kB", **ONE_PROCESS}


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


# R01 seq-scan-selective
tell(
    "seq-scan-selective",
    "freight_parcel",
    lambda: Parcel.objects.filter(sender="x@send.net"),
    r"sender",
    name="equality without an index",
    settings=ONE_PROCESS,
)
tell(
    "seq-scan-selective",
    "freight_scan",
    lambda: Scan.objects.filter(code="DMG"),
    r"code",
    name="equality without an index, in parallel",
)
tell(
    "seq-scan-selective",
    "clinic_stay",
    lambda: Stay.objects.filter(urgency=5, cost__gt=15000),
    r"urgency",
    name="two conditions without an index",
)
tell(
    "seq-scan-selective",
    "clinic_stay",
    lambda: Stay.objects.exclude(status="discharged"),
    r"(?i)condition|partial|status",
    name="few are left by an exclude",
)
tell(
    "seq-scan-selective",
    "clinic_stay",
    lambda: Stay.objects.filter(discharged_at__isnull=True),
    r"discharged_at",
    name="few have no date",
)
tell(
    "seq-scan-selective",
    "freight_parcel",
    lambda: Parcel.objects.filter(is_lost=True, weight__gt=1),
    r"is_lost|condition",
    name="a rare flag",
    settings=ONE_PROCESS,
)
tell(
    "seq-scan-selective",
    "clinic_invoice",
    lambda: Invoice.objects.filter(stay_id__in=range(1, 40)),
    r"stay",
    name="children of given parents, foreign key without an index",
    settings=ONE_PROCESS,
)
tell(
    "seq-scan-selective",
    "freight_parcel",
    lambda: ("UPDATE freight_parcel SET status = 'held' WHERE sender = %s", ["q@send.net"]),
    r"sender",
    name="an update that looks for its rows",
    statement="update",
)
# R04 index-filter-waste
tell(
    "index-filter-waste",
    "clinic_stay",
    lambda: Stay.objects.filter(ward=1, status="planned"),
    r"status",
    name="an index for one of two conditions",
    settings=ONE_PROCESS,
)
tell(
    "index-filter-waste",
    "freight_sample",
    lambda: Sample.objects.filter(depot=12, kwh__gt=999),
    r"kwh",
    name="an index for the equality, not for the range",
    settings=ONE_PROCESS,
)
# R05 limit-walk
tell(
    "limit-walk",
    "freight_parcel",
    lambda: Parcel.objects.filter(carrier=25).order_by("-created_at")[:20],
    r"carrier.*created_at",
    name="walks from the newest to rows that are old",
)
tell(
    "limit-walk",
    "freight_parcel",
    lambda: Parcel.objects.filter(status="open").order_by("pk")[:10],
    r"status",
    name="walks the primary key for what is at its end",
)
# R06 sort-for-limit
tell(
    "sort-for-limit",
    "freight_sample",
    lambda: Sample.objects.filter(quality=1).order_by("-kwh")[:10],
    r"quality.*kwh",
    name="the top of a third of a table",
)
tell(
    "sort-for-limit",
    "freight_parcel",
    lambda: Parcel.objects.order_by("-updated_at")[:50],
    r"updated_at",
    name="the latest of a whole table",
)
tell(
    "sort-for-limit",
    "clinic_stay",
    lambda: Stay.objects.filter(status="discharged").select_related("patient").order_by("-cost")[:25],
    r"cost",
    name="the dearest of nearly all, with a join above",
)
# R07 sort-spill
tell(
    "sort-spill",
    "clinic_patient",
    lambda: Patient.objects.order_by("surname", "email"),
    r"work_mem",
    name="a whole table in order, on disk",
    settings={"work_mem": "1MB", **ONE_PROCESS},
    may="wide-rows",
)
tell(
    "sort-spill incremental-sort",
    "clinic_stay",
    lambda: Stay.objects.annotate(place=Window(RowNumber(), partition_by="ward", order_by="cost")),
    r"work_mem|Index",
    name="a window's order on disk",
    settings={"work_mem": "1MB", **ONE_PROCESS},
)
# R08 hash-spill
tell(
    "hash-spill",
    "freight_parcel",
    lambda: Scan.objects.values("parcel__status").annotate(n=Count("id")),
    r"work_mem",
    name="a hash of a whole table in batches",
    settings={"work_mem": "256kB", "hash_mem_multiplier": "1", **ONE_PROCESS},
    may="many-seq-scans",
)
tell(
    "hash-spill",
    "clinic_stay",
    lambda: Reading.objects.filter(kind__gte=0).select_related("stay").order_by(),
    r"work_mem",
    name="a hash of wide rows in batches",
    settings={"work_mem": "512kB", "hash_mem_multiplier": "1", **ONE_PROCESS},
)
# R09 hashagg-spill
tell(
    "hashagg-spill",
    "freight_parcel",
    lambda: Parcel.objects.values("recipient").annotate(n=Count("id")),
    r"work_mem",
    name="groups of a quarter of a million, on disk",
    settings={"work_mem": "1MB", "enable_sort": "off", "hash_mem_multiplier": "1", **ONE_PROCESS},
)
# R10 temp-io
tell(
    "temp-io",
    "",
    lambda: (
        "WITH seen AS MATERIALIZED (SELECT parcel_id, at FROM freight_scan WHERE belt > %s) "
        "SELECT (SELECT count(*) FROM seen), (SELECT max(at) FROM seen)",
        [100],
    ),
    r"work_mem|temporary",
    name="a CTE that is kept on disk",
    settings=SMALL,
    may="cte-fence seq-scan-unselective",
)
# R11, R13 estimate-off
tell(
    "estimate-off",
    "freight_parcel",
    lambda: Scan.objects.filter(parcel__postcode="00120", parcel__city="City 60", parcel__status="delivered"),
    r"CREATE STATISTICS|statistics",
    name="columns that go together",
    may="seq-scan-selective",
)
tell(
    "estimate-off",
    "clinic_patient",
    lambda: Stay.objects.filter(patient__postcode="00030", patient__town="Town 10").select_related("patient"),
    r"CREATE STATISTICS|statistics",
    name="columns that go together, joined",
    may="seq-scan-selective many-seq-scans",
)
tell(
    "estimate-off never-analyzed",
    "clinic_visit",
    lambda: Visit.objects.filter(came_at__gte=day(2025, 6)).select_related("patient")[:150000],
    r"ANALYZE",
    name="rows that came after the last ANALYZE",
    may="nested-loop-heavy many-seq-scans seq-scan-unselective wide-rows",
)
tell(
    "estimate-off never-analyzed",
    "clinic_visit",
    lambda: Visit.objects.filter(gate="NEW").select_related("patient"),
    r"ANALYZE",
    name="a value that came after the last ANALYZE",
    may="nested-loop-heavy wide-rows unselective-index",
)
tell(
    "function-on-column estimate-off",
    "clinic_patient",
    lambda: Patient.objects.annotate(low=Lower("town")).filter(low="town 17"),
    r"Lower",
    name="a guess of half a percent",
)
# R14 never-analyzed
tell(
    "never-analyzed",
    "clinic_alarm",
    lambda: Alarm.objects.filter(code="fire").values("room").annotate(n=Count("id")),
    r"ANALYZE",
    name="a table without statistics",
    may="estimate-off hashagg-spill seq-scan-unselective",
)
# R15, R18
tell(
    "join-filter-waste nested-loop-heavy",
    "clinic_tariff",
    lambda: (
        "SELECT t.label, count(*) FROM clinic_stay s JOIN clinic_tariff t "
        "ON s.cost >= t.low AND s.cost < t.high WHERE s.ward_id = %s AND s.urgency = 4 GROUP BY t.label",
        [20],
    ),
    r"(?i)join",
    name="a join by from and to",
    settings=ONE_PROCESS,
    may="estimate-off",
)
tell(
    "join-filter-waste nested-loop-heavy",
    "clinic_doctor",
    lambda: (
        "SELECT p.id, d.id FROM clinic_patient p JOIN clinic_doctor d "
        "ON d.email = p.email OR d.name = p.surname WHERE p.postcode = %s",
        ["00044"],
    ),
    r"(?i)UNION|join|OR",
    name="a join with an OR",
    settings=ONE_PROCESS,
    may="seq-scan-selective",
)
# R16 inner-seq-scan
tell(
    "inner-seq-scan",
    "clinic_invoice",
    lambda: Invoice.objects.filter(stay__patient__postcode="00030", stay__patient__town="Town 10").order_by(),
    r"stay",
    name="an unindexed foreign key, read for each row of a wrong estimate",
    settings={"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_material": "off", **ONE_PROCESS},
    may="estimate-off",
)
# R17 correlated-subplan
tell(
    "correlated-subplan",
    "clinic_invoice",
    lambda: Stay.objects.order_by("pk").annotate(
        last=Subquery(Invoice.objects.filter(stay=OuterRef("pk")).order_by("-total").values("total")[:1])
    )[:50],
    r"stay",
    name="the dearest child by a subquery, key without an index",
)
tell(
    "correlated-subplan",
    "clinic_stay",
    lambda: Patient.objects.filter(pk__lt=20000).annotate(
        times=Subquery(
            Stay.objects.filter(patient=OuterRef("pk"))
            .order_by()
            .values("patient")
            .annotate(n=Count("pk"))
            .values("n")
        )
    ),
    name="a count for each of twenty thousand",
    settings=ONE_PROCESS,
    may="wide-rows",
)
# R19 lossy-bitmap, R20 recheck-waste
tell(
    "lossy-bitmap",
    "freight_parcel",
    lambda: ("SELECT sum(weight) FROM freight_parcel WHERE depot_id = %s", [7]),
    r"work_mem",
    name="a bitmap that forgot the rows",
    settings={"enable_seqscan": "off", **SMALL},
    may="seq-scan-unselective unselective-index",
)
tell(
    "recheck-waste",
    "freight_scan",
    lambda: Scan.objects.filter(belt=3000),
    name="ranges of pages for a value that is scattered over them",
    never=r"work_mem",
    settings=ONE_PROCESS,
)
tell(
    "recheck-waste",
    "freight_parcel",
    lambda: Parcel.objects.filter(meta__contains={"size": {"h": 3, "w": 3}}),
    r"jsonb_path_ops",
    name="an index that knows the keys and values apart",
    settings=ONE_PROCESS,
)
# R21 heap-fetches
tell(
    "heap-fetches",
    "clinic_reading",
    lambda: Reading.objects.filter(kind__lt=60).values("kind").annotate(last=Max("taken_at")),
    r"VACUUM",
    name="an index-only scan that goes to the heap",
    settings={"enable_seqscan": "off", "enable_bitmapscan": "off", **ONE_PROCESS},
    may="unselective-index",
)
# R22 unselective-index
tell(
    "unselective-index",
    "clinic_patient",
    lambda: Patient.objects.filter(born__gte=date(1975, 1, 1)).order_by("born"),
    name="half of a table through an index",
    settings={"random_page_cost": "0.3", "seq_page_cost": "1", "enable_bitmapscan": "off", **ONE_PROCESS},
    may="wide-rows",
)
# R23 offset-deep
tell(
    "offset-deep",
    "freight_parcel",
    lambda: Parcel.objects.order_by("pk")[250000:250020],
    r"pk|id|keyset",
    name="a far page by key",
)
tell(
    "offset-deep",
    "clinic_patient",
    lambda: Patient.objects.order_by("surname", "pk")[120000:120025],
    r"surname",
    name="a far page by name",
    may="sort-spill",
    settings=ONE_PROCESS,
)
# R24 count-all
tell(
    "count-all",
    "freight_parcel",
    lambda: ('SELECT COUNT(*) AS "__count" FROM "freight_parcel"', []),
    r"(?i)reltuples|estimate|cache",
    name="all rows counted",
)
# R25 or-seq-scan
tell(
    "or-seq-scan",
    "freight_parcel",
    lambda: Parcel.objects.filter(Q(sender="a@send.net") | Q(batch="77")),
    r"sender.*batch|batch.*sender|each",
    name="an OR of two columns without an index",
    settings=ONE_PROCESS,
)
tell(
    "or-seq-scan",
    "freight_parcel",
    lambda: Parcel.objects.filter(Q(barcode="BC000000000001") | Q(sender="a@send.net")),
    r"sender",
    name="an OR of which one side has an index",
)
# R26 function-on-column
tell(
    "function-on-column",
    "clinic_patient",
    lambda: Patient.objects.filter(surname__iexact="0a1b2c3d4"),
    r"Upper",
    name="iexact",
    settings=ONE_PROCESS,
)
tell(
    "function-on-column",
    "freight_parcel",
    lambda: Parcel.objects.filter(updated_at__date=date(2023, 5, 4)),
    r"__gte|TruncDate|range",
    name="one day by date",
)
tell(
    "function-on-column",
    "freight_parcel",
    lambda: Parcel.objects.filter(meta__ref="r4711"),
    r"KeyTransform|contains|meta__ref",
    name="a key of JSON",
)
tell(
    "function-on-column",
    "clinic_stay",
    lambda: Stay.objects.annotate(vat=F("cost") * 2).filter(vat=31416),
    name="arithmetic on the column",
)
# R27 type-cast
tell(
    "type-cast",
    "freight_parcel",
    lambda: Parcel.objects.annotate(lot=Cast("batch", IntegerField())).filter(lot=4711),
    r"batch",
    name="text compared as a number",
)
# R28 leading-wildcard
tell(
    "leading-wildcard",
    "clinic_patient",
    lambda: Patient.objects.filter(surname__icontains="f00d"),
    r"(?i)trgm|Trigram",
    name="icontains",
)
tell(
    "leading-wildcard",
    "freight_parcel",
    lambda: Parcel.objects.filter(sender__endswith="abc@send.net"),
    r"(?i)trgm|Trigram",
    name="endswith",
)
# R36 cte-fence
tell(
    "cte-fence",
    "freight_scan",
    lambda: (
        "WITH seen AS MATERIALIZED (SELECT parcel_id, at, code FROM freight_scan) "
        "SELECT * FROM seen WHERE parcel_id = %s",
        [77],
    ),
    r"(?i)NOT MATERIALIZED|inline|filter",
    name="a CTE that hides the filter",
    settings={"work_mem": "64MB", **ONE_PROCESS},
    may="temp-io",
)
# R37 wide-rows
tell(
    "wide-rows serialize-cost",
    "clinic_patient",
    lambda: ("SELECT id, mrn, history, surname FROM clinic_patient WHERE history > %s AND id < 60000", ["0"]),
    r"only\(|defer\(|values\(",
    name="rows of kilobytes",
    settings=ONE_PROCESS,
    may="seq-scan-unselective",
)
# R38 distinct-on-join
tell(
    "distinct-on-join",
    "clinic_stay",
    lambda: Doctor.objects.filter(stay__urgency__lt=5).distinct(),
    r"Exists",
    name="distinct after a join to many",
    may="many-seq-scans hash-spill",
    settings={"work_mem": "64MB"},
)
# R39 trigger-time
tell(
    "trigger-time",
    "",
    lambda: ("DELETE FROM clinic_stay WHERE id BETWEEN %s AND %s", [500, 540]),
    r"stay",
    name="a cascade in the database, key without an index",
    statement="delete",
)
# R42 skip-scan
tell(
    "skip-scan",
    "",
    lambda: Shift.objects.filter(day__range=(date(2022, 2, 2), date(2022, 2, 5))),
    r"day",
    name="an index entered for each of five hundred nurses",
    since=180000,
    settings={"enable_seqscan": "off", **ONE_PROCESS},
)
# R44 serialize-cost
tell(
    "serialize-cost wide-rows",
    "clinic_letter",
    lambda: Letter.objects.filter(pk__lt=1500),
    r"defer|only",
    name="bodies from out of line",
    since=170000,
)
# R45 append-many
tell(
    "append-many",
    "",
    lambda: Event.objects.filter(actor=4711),
    r"(?i)partition| at",
    name="all partitions for want of the key",
    settings=ONE_PROCESS,
    may="seq-scan-selective",
)
# R46 incremental-sort
tell(
    "incremental-sort",
    "clinic_stay",
    lambda: Stay.objects.order_by("ward", "cost")[:30000],
    r"ward.*cost",
    name="an order of which the index knows the first part",
    settings={"enable_seqscan": "off", "random_page_cost": "1", "work_mem": "64MB", **ONE_PROCESS},
    may="unselective-index sort-for-limit",
)
# R47 many-seq-scans
tell(
    "many-seq-scans",
    "",
    lambda: (
        Reading.objects.filter(stay__patient__blood="A+", stay__urgency__lt=4)
        .values("stay__doctor__ward")
        .annotate(mean=Avg("value"), sum=Sum("stay__cost"))
    ),
    name="four tables read whole",
    settings={"work_mem": "256MB", **ONE_PROCESS},
    may="seq-scan-unselective",
)
