"""N+1s over several relations of one queryset, and over several steps."""

from clinic.models import Visit
from freight.models import Depot
from newsroom.models import Article, Desk, Photo, Tag, Topic
from school.models import Course, Ensemble, Guardian, Lesson
from situation import positive


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor", "patient__insurer", "prescriptions", "prescriptions__drug"),
    code=(
        'Visit.objects.select_related("doctor", "patient__insurer").prefetch_related("prescriptions__drug")',
        'Visit.objects.select_related("doctor", "patient__insurer").prefetch_related('
        'Prefetch("prescriptions", queryset=Prescription.objects.select_related("drug")))',
    ),
)
def discharge_letters():
    """Four relations of one queryset, in two lines and a method: one edit."""
    letters = []
    # site: discharge-letters
    for visit in Visit.objects.filter(status="closed", fee__gt=200).order_by("pk")[:20]:
        head = f"{visit.patient.name}, {visit.patient.insurer_name()}"
        letters.append(f"{head}\n{', '.join(visit.drugs_given())}\n{visit.doctor.name}")
    return letters


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient",),
    code=('Visit.objects.select_related("patient")',),
)
def call_list():
    visits = Visit.objects.only("started_at", "patient").filter(status="open")[:30]  # site: call-list
    return [f"{visit.started_at:%H:%M} {visit.patient.name}" for visit in visits]


@positive(
    "n-plus-one",
    model="newsroom.Desk",
    relations=("journalists", "journalists__user"),
    code=(
        'Desk.objects.prefetch_related("journalists__user")',
        'Desk.objects.prefetch_related(Prefetch("journalists", queryset=Journalist.objects.select_related("user")))',
    ),
)
def phone_list():
    """A reverse key, then `__str__` of what comes back."""
    return {
        desk.name: [f"{journalist} {journalist.phone}" for journalist in desk.journalists.all()]
        for desk in Desk.objects.order_by("name")  # site: phone-list
    }


@positive(
    "n-plus-one",
    model="newsroom.Photo",
    relations=("photographer__user",),
    code=('Photo.objects.select_related("photographer__user")',),
)
def photo_credits():
    return [photo.credit() for photo in Photo.objects.order_by("path")[:50]]  # site: photo-credits


@positive(
    "n-plus-one",
    model="school.Guardian",
    relations=("children", "children__courses"),
    code=('Guardian.objects.prefetch_related("children__courses")',),
)
def family_overview():
    """Two to-many steps, one in the other."""
    families = {}
    for guardian in Guardian.objects.filter(phone__endswith="7"):  # site: family-overview
        for child in guardian.children.all():
            families[child.name] = [course.title for course in child.courses.all()]
    return families


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("see_also",),
    code=('Article.objects.prefetch_related("see_also")',),
)
def related_links():
    """A many-to-many to the model itself."""
    links = []
    # site: related-links
    for article in Article.objects.filter(status="draft").order_by("-published_at")[:20]:
        links.extend((article.slug, other.slug) for other in article.see_also.all())
    return links


@positive(
    "n-plus-one",
    model="school.Lesson",
    relations=("course__instrument__family", "course__teacher", "room__building"),
    code=(
        'Lesson.objects.select_related("course__instrument__family", "course__teacher", "room__building")',
    ),
)
def lesson_plan():
    """Three paths with a common beginning."""
    plan = []
    for lesson in Lesson.objects.filter(room__isnull=False)[:30]:  # site: lesson-plan
        course = lesson.course
        plan.append((str(lesson.room), course.teacher.name, course.instrument.family.name))
    return plan


@positive(
    "n-plus-one",
    model="school.Ensemble",
    relations=("conductor", "members"),
    code=('Ensemble.objects.select_related("conductor").prefetch_related("members")',),
)
def concert_programme():
    programme = []
    for ensemble in Ensemble.objects.all():  # site: concert-programme
        players = sorted(member.name for member in ensemble.members.all())
        programme.append(f"{ensemble.name} ({ensemble.conductor}): {', '.join(players)}")
    return programme


@positive(
    "n-plus-one",
    model="newsroom.Tag",
    relations=("articles", "articles__author__user"),
    code=(
        'Tag.objects.prefetch_related("articles__author__user")',
        'Tag.objects.prefetch_related(Prefetch("articles", queryset=Article.objects.select_related("author__user")))',
    ),
)
def tag_authors():
    """Three levels: to-many, then two keys."""
    authors = {}
    for tag in Tag.objects.filter(name__in=["tag1", "tag2", "tag3", "tag4"]):  # site: tag-authors
        authors[tag.name] = {article.author.user.last_name for article in tag.articles.all()}
    return authors


@positive(
    "n-plus-one",
    model="freight.Depot",
    relations=("region", "vehicles"),
    code=('Depot.objects.select_related("region").prefetch_related("vehicles")',),
)
def depot_board():
    """`__str__` of the row itself asks, and so does the loop."""
    board = {}
    for depot in Depot.objects.filter(code__lt="DP040"):  # site: depot-board
        board[str(depot)] = len(depot.vehicles.all())
    return board


@positive(
    "n-plus-one",
    model="school.Course",
    relations=("teacher__instruments",),
    code=(
        'Course.objects.prefetch_related("teacher__instruments")',
        'Course.objects.select_related("teacher").prefetch_related("teacher__instruments")',
    ),
)
def what_teachers_play():
    """A to-many behind a key."""
    played = {}
    for course in Course.objects.order_by("title")[:30]:  # site: what-teachers-play
        played[course.title] = [instrument.name for instrument in course.teacher.instruments.all()]
    return played


@positive(
    "n-plus-one",
    model="newsroom.Topic",
    relations=("parent",),
    code=('Topic.objects.select_related("parent")',),
)
def topic_menu():
    """One step up a tree is a key like any other."""
    topics = Topic.objects.filter(parent__isnull=False)  # site: topic-menu
    return [f"{topic.parent.name} › {topic.name}" for topic in topics]


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor__speciality",),
    code=(
        'Visit.objects.select_related("doctor__speciality")',
        'Visit.objects.prefetch_related("doctor__speciality")',
    ),
)
def one_doctor_for_all():
    """All rows have the same doctor, so that every query is the same one."""
    visits = Visit.objects.filter(doctor__name="Doctor 5").order_by("pk")[:20]  # site: one-doctor-for-all
    return [f"{visit.started_at:%H:%M} {visit.doctor.speciality.name}" for visit in visits]
