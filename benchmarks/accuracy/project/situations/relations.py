"""N+1s over each kind of relation, one queryset and one loop."""

from clinic.models import Doctor, Drug, LabResult, Patient, Person, Prescription, Visit
from django.db.models import Prefetch
from freight.models import Licence, Note, Shipment, Tour, Vehicle
from newsroom.models import Article, Revision
from school.models import Student
from situation import positive


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor", "patient"),
    code=('Visit.objects.select_related("doctor", "patient")',),
)
def ward_round():
    visits = Visit.objects.open().order_by("-started_at")[:50]  # site: ward-round
    lines = []
    for visit in visits:
        lines.append(f"{visit.started_at:%H:%M} {visit.patient.name} ({visit.doctor.name})")
    return lines


@positive(
    "n-plus-one",
    model="clinic.Patient",
    relations=("insurer",),
    code=('Patient.objects.select_related("insurer")', 'Patient.objects.prefetch_related("insurer")'),
)
def insurance_list():
    patients = Patient.objects.filter(born__year__lt=1950).order_by("name")  # site: insurance-list
    return [(patient.name, patient.insurer_name()) for patient in patients]


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("destination", "origin"),
    code=('Shipment.objects.select_related("destination", "origin")',),
)
def late_shipments():
    """Two foreign keys to one table."""
    rows = []
    for shipment in Shipment.objects.late().order_by("-booked_at")[:40]:  # site: late-shipments
        rows.append({"reference": shipment.reference, "route": shipment.route_name})
    return rows


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient__insurer",),
    code=('Visit.objects.select_related("patient__insurer")',),
)
def fees_by_insurer():
    totals = {}
    for visit in Visit.objects.filter(status="open", patient__insurer__isnull=False):  # site: fees-by-insurer
        name = visit.patient.insurer.name
        totals[name] = totals.get(name, 0) + visit.fee
    return totals


@positive(
    "n-plus-one",
    model="clinic.Prescription",
    relations=("visit__patient__family_doctor__speciality",),
    code=('Prescription.objects.select_related("visit__patient__family_doctor__speciality")',),
)
def long_prescriptions():
    found = Prescription.objects.filter(  # site: long-prescriptions
        days=30, visit__patient__family_doctor__isnull=False
    ).order_by("pk")[:30]
    return [(item.dose, item.visit.patient.family_doctor.speciality.name) for item in found]


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("events",),
    code=('Shipment.objects.prefetch_related("events")',),
)
def tracking_sheet():
    sheet = {}
    for shipment in Shipment.objects.under_way()[:30]:  # site: tracking-sheet
        sheet[shipment.reference] = [event.kind for event in shipment.events.all()]
    return sheet


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("tags",),
    code=('Article.objects.prefetch_related("tags")',),
)
def most_read():
    articles = Article.objects.order_by("-views")[:25]  # site: most-read
    return [f"{article.headline} [{article.tag_line()}]" for article in articles]


@positive(
    "n-plus-one",
    model="clinic.Drug",
    relations=("allergic_patients",),
    code=('Drug.objects.prefetch_related("allergic_patients")',),
)
def allergy_register():
    """A many-to-many from its other side."""
    register = []
    for drug in Drug.objects.filter(maker__country="FR"):  # site: allergy-register
        names = [patient.name for patient in drug.allergic_patients.all()]
        register.append((drug.name, names))
    return register


@positive(
    "n-plus-one",
    model="freight.Tour",
    relations=("stop_list", "stop_list__depot"),
    code=(
        'Tour.objects.prefetch_related("stop_list__depot")',
        'Tour.objects.prefetch_related(Prefetch("stop_list", queryset=Stop.objects.select_related("depot")))',
    ),
)
def tour_plan():
    """Through the model between the two."""
    plans = {}
    for tour in Tour.objects.order_by("name")[:20]:  # site: tour-plan
        plans[tour.name] = [f"{stop.position}. {stop.depot.code}" for stop in tour.stop_list.all()]
    return plans


@positive(
    "n-plus-one",
    model="freight.Tour",
    relations=("stops",),
    code=('Tour.objects.prefetch_related("stops")',),
)
def tour_codes():
    return {
        tour.name: "-".join(depot.code for depot in tour.stops.all())
        for tour in Tour.objects.filter(name__endswith="5")  # site: tour-codes
    }


@positive(
    "n-plus-one",
    model="school.Student",
    relations=("courses",),
    code=('Student.objects.prefetch_related("courses")',),
)
def timetables():
    """A many-to-many with a model of its own between."""
    students = Student.objects.filter(level=5).order_by("name")[:40]  # site: timetables
    return {student.name: [course.title for course in student.courses.all()] for student in students}


@positive(
    "n-plus-one",
    model="freight.Note",
    relations=("target",),
    code=('Note.objects.prefetch_related("target")',),
)
def latest_notes():
    notes = Note.objects.order_by("-pk")[:40]  # site: latest-notes
    return [f"{note.target}: {note.text}" for note in notes]


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    relations=("notes",),
    code=('Vehicle.objects.prefetch_related("notes")',),
)
def workshop_list():
    book = []
    for vehicle in Vehicle.objects.filter(mileage__gt=150_000):  # site: workshop-list
        for note in vehicle.notes.all():
            book.append((vehicle.plate, note.text))
    return book


@positive(
    "n-plus-one",
    model="freight.Licence",
    relations=("driver",),
    code=('Licence.objects.select_related("driver")',),
)
def expiring_licences():
    licences = Licence.objects.filter(expires__year=2026)  # site: expiring-licences
    return [f"{licence.driver.name}: {licence.number}" for licence in licences]


@positive(
    "n-plus-one",
    model="clinic.Patient",
    relations=("chart",),
    code=('Patient.objects.select_related("chart")',),
)
def risk_overview():
    """A one-to-one from its other side, where some rows are missing."""
    overview = []
    for patient in Patient.objects.order_by("pk")[:60]:  # site: risk-overview
        risk = patient.chart.risk if hasattr(patient, "chart") else "unknown"
        overview.append((patient.name, risk))
    return overview


@positive(
    "n-plus-one",
    model="clinic.Person",
    relations=("doctor",),
    code=('Person.objects.select_related("doctor")',),
)
def staff_directory():
    """From the parent table down to the child."""
    entries = []
    for person in Person.objects.order_by("name"):  # site: staff-directory
        entries.append((person.name, person.doctor.room_number))
    return entries


@positive(
    "n-plus-one",
    model="clinic.Doctor",
    relations=("speciality", "supervisor"),
    code=('Doctor.objects.select_related("speciality", "supervisor")',),
)
def trainee_board():
    """A model with a parent table, a key to itself, and a property that reads another."""
    board = []
    for doctor in Doctor.objects.filter(supervisor__isnull=False):  # site: trainee-board
        board.append(f"{doctor.title} reports to {doctor.supervisor.name}")
    return board


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient__insurer",),
    code=(
        'Visit.objects.select_related("patient__insurer")',
        'Visit.objects.select_related("patient", "patient__insurer")',
    ),
)
def reception_desk():
    """An eager load that is there and goes one step too short."""
    visits = Visit.objects.select_related("patient").filter(status="open")[:40]  # site: reception-desk
    return [(visit.patient.name, visit.patient.insurer_name()) for visit in visits]


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("referred_by",),
    code=(
        'Visit.objects.with_people().select_related("referred_by")',
        'Visit.objects.select_related("referred_by")',
    ),
)
def referral_report():
    """The queryset's own method loads two relations; a third one is read."""
    visits = (
        Visit.objects.with_people()  # site: referral-report
        .filter(referred_by__isnull=False)
        .order_by("-started_at")[:30]
    )
    return [f"{visit.patient} from {visit.referred_by} to {visit.doctor}" for visit in visits]


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("legs__vehicle",),
    code=(
        'Shipment.objects.prefetch_related("legs__vehicle")',
        'Shipment.objects.prefetch_related("legs", "legs__vehicle")',
        'Shipment.objects.prefetch_related(Prefetch("legs", queryset=Leg.objects.select_related("vehicle")))',
    ),
)
def vehicles_under_way():
    found = set()
    for shipment in Shipment.objects.under_way().prefetch_related("legs")[:25]:  # site: vehicles-under-way
        for leg in shipment.legs.all():
            found.add(leg.vehicle.plate)
    return found


@positive(
    "n-plus-one",
    model="newsroom.Revision|newsroom.Article",
    relations=("editor__user",),
    code=(
        'Revision.objects.select_related("editor__user")',
        'Article.objects.prefetch_related("revisions__editor__user")',
    ),
)
def edit_history():
    """The prefetch has a queryset of its own: that is the one to change."""
    second = Revision.objects.filter(number=1)  # site: edit-history
    # site: edit-history
    articles = Article.objects.order_by("-published_at").prefetch_related(
        Prefetch("revisions", queryset=second)
    )[:20]
    return [(a.headline, [str(revision.editor) for revision in a.revisions.all()]) for a in articles]


@positive(
    "n-plus-one",
    model="clinic.LabResult",
    relations=("lab",),
    code=('LabResult.objects.prefetch_related("lab")',),
)
def flagged_results():
    """The key has no constraint and points to nothing at times: a join would drop those rows."""
    # site: flagged-results
    flagged = LabResult.objects.filter(is_flagged=True, kind="blood").exclude(lab_id__gte=900_000)[:40]
    return [f"{result.kind} {result.value} ({result.lab.name})" for result in flagged]


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("customer",),
    code=('Shipment.objects.prefetch_related("customer")',),
)
def pick_up_list():
    stops = []
    # site: pick-up-list
    for shipment in Shipment.objects.filter(status="booked", customer_id__lt=900_000)[:40]:
        stops.append((shipment.customer.city, shipment.customer.name))
    return sorted(stops)
