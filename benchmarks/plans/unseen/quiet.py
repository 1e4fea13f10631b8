"""Near misses: plans that look like something to tell, of which there is nothing to say."""

from __future__ import annotations

from datetime import UTC, date, datetime

from clinic.models import Alarm, Doctor, Event, Invoice, Letter, Patient, Reading, Stay, Tariff, Ward
from django.db.models import Avg, Count, F, Max, OuterRef, Q, Subquery
from freight.models import Carrier, Depot, Parcel, Sample, Scan
from situation import quiet

ADVISES_INDEX = r"(?i)\bindexes = |AddIndex|(needs|add|build|make) an? .{0,20}index|Index\("
ONE_PROCESS = {"max_parallel_workers_per_gather": "0"}
ROOMY = {"work_mem": "256MB", **ONE_PROCESS}


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


quiet(lambda: Parcel.objects.filter(pk=77), name="a row by its key")
quiet(lambda: Ward.objects.filter(name="Ward 3"), name="a filter on forty rows")
quiet(lambda: Tariff.objects.filter(label="T5"), name="a filter on a thousand rows, under a millisecond")
quiet(
    lambda: Parcel.objects.filter(weight__gt=12),
    name="a scan that keeps sixty percent",
    may="seq-scan-unselective",
    never=ADVISES_INDEX,
    settings=ONE_PROCESS,
)
quiet(lambda: Parcel.objects.filter(status="delivered")[:1], name="exists on what is common")
quiet(lambda: Parcel.objects.filter(carrier=3)[:20], name="twenty of many, in no order")
quiet(
    lambda: Parcel.objects.filter(status="delivered").order_by("-created_at")[:20],
    name="walks from the newest and finds at once",
)
quiet(
    lambda: Scan.objects.filter(parcel__postcode="00120", parcel__city="City 60").order_by()[:3],
    name="an estimate that a limit cut short",
    may="seq-scan-selective",
)
quiet(
    lambda: Patient.objects.filter(pk__lt=400).order_by("surname"), name="four hundred rows sorted in memory"
)
quiet(
    lambda: Parcel.objects.values("depot__region").annotate(n=Count("id")),
    name="a whole table in four groups",
    settings=ROOMY,
    never=ADVISES_INDEX,
    may="seq-scan-unselective",
)
quiet(
    lambda: Stay.objects.filter(patient=1234).order_by("-admitted_at")[:5], name="the latest of a few, sorted"
)
quiet(lambda: Parcel.objects.order_by("-created_at")[40:60], name="the third page")
quiet(
    lambda: Stay.objects.filter(ward=38).exclude(pk__in=Invoice.objects.values("stay")),
    settings=ROOMY,
    name="an exclude by a hashed subplan",
    may="seq-scan-unselective hash-spill index-filter-waste",
    never=ADVISES_INDEX,
)
quiet(
    lambda: Patient.objects.order_by("pk").annotate(
        last=Subquery(Stay.objects.filter(patient=OuterRef("pk")).order_by("-cost").values("cost")[:1])
    )[:20],
    name="a subquery for each of twenty rows, by index",
)
quiet(
    lambda: Doctor.objects.filter(ward=3).annotate(
        of=Subquery(Ward.objects.filter(pk=OuterRef("ward")).values("name"))
    ),
    name="a subquery by key for each of few",
)
quiet(
    lambda: Invoice.objects.filter(pk=-1, stay__reading__kind=3).values("pk"),
    name="a scan that never ran",
    settings=ONE_PROCESS,
)
quiet(
    lambda: Stay.objects.filter(patient__in=range(500, 900), urgency__lt=5),
    settings=ONE_PROCESS,
    name="an index scan whose filter drops little",
)
quiet(
    lambda: Stay.objects.filter(ward=30).select_related("patient", "doctor"),
    name="a thousand look-ups by key",
    may="unselective-index wide-rows",
)
quiet(
    lambda: (
        "WITH few AS MATERIALIZED (SELECT * FROM freight_depot) SELECT * FROM few WHERE code = %s",
        ["D7"],
    ),
    name="a CTE of sixty rows, filtered",
)
quiet(
    lambda: (
        "SELECT depot_id, max(at) FROM freight_sample WHERE depot_id BETWEEN %s AND %s GROUP BY depot_id",
        [20, 25],
    ),
    name="an index-only scan that stays in the index",
    settings={"enable_seqscan": "off", "enable_bitmapscan": "off", **ONE_PROCESS},
)
quiet(
    lambda: Event.objects.filter(at__range=(day(2024, 2, 5), day(2024, 2, 6)), kind=3),
    name="one partition by its key",
    may="seq-scan-selective",
)
quiet(
    lambda: ("SELECT count(*) FROM freight_sample WHERE depot_id = %s AND at > %s", [44, day(2024, 11, 20)]),
    name="a count of some rows by index",
)
quiet(lambda: ("SELECT count(*) FROM freight_carrier", []), name="a count of a tiny table")
quiet(
    lambda: Parcel.objects.filter(depot=33).only("pk", "weight"),
    name="a bitmap that knows its rows",
    settings=ONE_PROCESS,
)
quiet(lambda: Letter.objects.filter(pk__lt=4), name="three wide rows")
quiet(
    lambda: Parcel.objects.values("recipient").distinct(),
    name="a distinct that drops little",
    settings=ROOMY,
    never=ADVISES_INDEX,
    may="seq-scan-unselective",
)
quiet(lambda: Parcel.objects.filter(recipient__iexact="name x"), name="iexact with its index")
quiet(
    lambda: Patient.objects.filter(surname__icontains="zq"),
    name="icontains of two letters",
    never=r"(?i)trgm|trigram",
    may="seq-scan-selective",
)
quiet(lambda: Patient.objects.filter(email__contains="c0ffee"), name="contains with its trigram index")
quiet(
    lambda: Stay.objects.filter(Q(status="discharged") | Q(urgency=1)),
    name="an OR that keeps nearly all",
    never=ADVISES_INDEX,
    may="seq-scan-unselective",
    settings=ONE_PROCESS,
)
quiet(
    lambda: Stay.objects.filter(admitted_at__month=3),
    name="a month of every year",
    never=r"Trunc|ExtractMonth",
    may="function-on-column seq-scan-selective seq-scan-unselective",
    settings=ONE_PROCESS,
)
quiet(
    lambda: Parcel.objects.order_by("?")[:10],
    name="ten at random",
    never=ADVISES_INDEX,
    may="sort-for-limit",
    settings=ONE_PROCESS,
)
quiet(
    lambda: Parcel.objects.values("sender").annotate(n=Count("id")).order_by("-n")[:10],
    name="the top of sums that no index has",
    never=r"(?i)order.{0,40}index|Index\(",
    settings=ROOMY,
)
quiet(
    lambda: Parcel.objects.exclude(pk__in=Scan.objects.filter(belt__lt=9000).values("parcel")),
    name="not in a hashed subplan",
    settings=ROOMY,
    never=r"(?i)index on .{0,4}id\b|\"id\"|fields=\[\"id",
    may="seq-scan-unselective",
)
quiet(
    lambda: Parcel.objects.filter(updated_at__gt=F("created_at") + (day(2024, 10, 4) - day(2024))),
    name="two columns of one row compared",
    never=r"fields=\[|function-on",
    settings=ONE_PROCESS,
    may="seq-scan-selective function-on-column",
)
quiet(
    lambda: ("UPDATE clinic_doctor SET is_active = TRUE WHERE id BETWEEN %s AND %s", [100, 2900]),
    name="an update of nearly all of a small table",
    statement="update",
    may="seq-scan-unselective",
)
quiet(lambda: Reading.objects.order_by("kind", "taken_at")[:50], name="the first by an index in its order")
quiet(
    lambda: Sample.objects.order_by("depot", "at", "kwh")[:200],
    name="an order in small groups",
    settings=ONE_PROCESS,
)
quiet(
    lambda: ("SELECT avg(kwh), max(kwh) FROM freight_sample", []), name="an aggregate of all", settings=ROOMY
)
quiet(
    lambda: Stay.objects.filter(
        cost=Subquery(Stay.objects.filter(ward=40).values("ward").annotate(m=Max("cost")).values("m")),
        ward=40,
    ),
    name="a subquery that runs once",
    may="index-filter-waste",
)
quiet(
    lambda: Carrier.objects.annotate(n=Count("parcel")),
    name="all children counted by parent",
    settings=ROOMY,
    may="seq-scan-unselective many-seq-scans",
    never=ADVISES_INDEX,
)
quiet(
    lambda: ("SELECT avg(kwh) FROM freight_sample WHERE depot_id = %s AND at >= %s", [9, day(2024, 12)]),
    name="a range by its index",
    settings=ONE_PROCESS,
)
quiet(lambda: Parcel.objects.filter(tags__contains=["t17"]), name="an array with its index")
quiet(lambda: Alarm.objects.filter(pk=5), name="by key in a table without statistics")
quiet(
    lambda: Depot.objects.filter(region="north").values("parcel__status").annotate(n=Avg("parcel__weight")),
    name="a quarter of a big table through a join",
    settings=ROOMY,
    never=ADVISES_INDEX,
    may="seq-scan-unselective unselective-index",
)
quiet(lambda: Patient.objects.filter(born=date(1960, 5, 4)), name="few rows by index")
