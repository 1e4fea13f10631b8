"""Django REST framework: nested serializers, method fields, viewsets, plain API views."""

from clinic.models import Doctor, Patient, Prescription, Visit
from freight.models import Depot, Shipment, Stop, Tour, TrackingEvent
from newsroom.models import Article, Comment, Journalist, Tag
from rest_framework import generics, serializers, viewsets
from rest_framework.response import Response
from rest_framework.views import APIView
from school.models import Course, Ensemble, Student
from situation import negative, positive


class DoctorSerializer(serializers.ModelSerializer):
    speciality = serializers.StringRelatedField()

    class Meta:
        model = Doctor
        fields = ["name", "speciality"]


class VisitSerializer(serializers.ModelSerializer):
    doctor = DoctorSerializer()
    patient = serializers.CharField(source="patient.name")

    class Meta:
        model = Visit
        fields = ["started_at", "doctor", "patient"]


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor__speciality", "patient"),
    code=('Visit.objects.select_related("doctor__speciality", "patient")',),
)
class VisitViewSet(viewsets.ReadOnlyModelViewSet):
    """A nested serializer, a label, and a dotted source."""

    queryset = Visit.objects.filter(fee=60).order_by("pk")  # site: visit-view-set
    serializer_class = VisitSerializer


class StopSerializer(serializers.ModelSerializer):
    depot = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Stop
        fields = ["position", "depot"]


class TourSerializer(serializers.ModelSerializer):
    stop_list = StopSerializer(many=True)

    class Meta:
        model = Tour
        fields = ["name", "stop_list"]


@positive(
    "n-plus-one",
    model="freight.Tour",
    relations=("stop_list", "stop_list__depot"),
    code=(
        'Tour.objects.prefetch_related("stop_list__depot")',
        'Tour.objects.prefetch_related(Prefetch("stop_list", queryset=Stop.objects.select_related("depot")))',
    ),
)
class TourViewSet(viewsets.ReadOnlyModelViewSet):
    """To-many, nested, with a key below."""

    serializer_class = TourSerializer

    def get_queryset(self):
        return Tour.objects.order_by("name")[:15]  # site: tour-view-set


class ArticleSerializer(serializers.ModelSerializer):
    comments = serializers.SerializerMethodField()
    author = serializers.StringRelatedField()

    class Meta:
        model = Article
        fields = ["headline", "comments", "author"]

    def get_comments(self, article):
        return article.comments.count()


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="newsroom.Article",
    code_contains=('"author__user"', "annotate(", 'Count("comments"'),
)
class ArticleList(generics.ListAPIView):
    """A method field that counts, and a label: one fix for both."""

    queryset = Article.objects.filter(views__gt=9_950)  # site: article-list
    serializer_class = ArticleSerializer


class EnsembleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Ensemble
        fields = ["name", "conductor", "members"]


@positive(
    "n-plus-one",
    model="school.Ensemble",
    relations=("members",),
    code=('Ensemble.objects.prefetch_related("members")',),
)
class EnsembleViewSet(viewsets.ModelViewSet):
    """Keys of a many-to-many; the foreign key is only its number."""

    queryset = Ensemble.objects.all()  # site: ensemble-view-set
    serializer_class = EnsembleSerializer


class CommentSerializer(serializers.Serializer):
    text = serializers.CharField()
    headline = serializers.SerializerMethodField()

    def get_headline(self, comment):
        return comment.article.headline


@positive(
    "n-plus-one",
    model="newsroom.Comment",
    relations=("article",),
    code=('Comment.objects.select_related("article")',),
)
class NewComments(APIView):
    """A plain API view and a plain serializer."""

    def get(self, request):
        comments = Comment.objects.order_by("-created_at")[:30]  # site: new-comments
        return Response(CommentSerializer(comments, many=True).data)


class StudentSerializer(serializers.ModelSerializer):
    guardian_phone = serializers.CharField(source="guardian.phone", default="")
    courses = serializers.StringRelatedField(many=True)

    class Meta:
        model = Student
        fields = ["name", "guardian_phone", "courses"]


@positive(
    "n-plus-one",
    model="school.Student",
    relations=("courses", "guardian"),
    code=('Student.objects.select_related("guardian").prefetch_related("courses")',),
)
class StudentViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = StudentSerializer

    def get_queryset(self):
        students = Student.objects.filter(level=3)  # site: student-view-set
        wanted = self.request.query_params.get("q")
        return students.filter(name__icontains=wanted) if wanted else students[:40]


class ShipmentSerializer(serializers.ModelSerializer):
    last = serializers.SerializerMethodField()

    class Meta:
        model = Shipment
        fields = ["reference", "last"]

    def get_last(self, shipment):
        event = shipment.events.order_by("-at").first()
        return event.kind if event else None


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="freight.Shipment",
    code_contains=("annotate(|prefetch_related(", "Subquery(|Prefetch("),
)
class ShipmentViewSet(viewsets.ReadOnlyModelViewSet):
    """The last row of each, from a method field."""

    queryset = Shipment.objects.filter(weight=200)  # site: shipment-view-set
    serializer_class = ShipmentSerializer


class PatientSerializer(serializers.ModelSerializer):
    insurer = serializers.CharField(source="insurer_name")

    class Meta:
        model = Patient
        fields = ["name", "insurer"]


@positive(
    "n-plus-one",
    model="clinic.Prescription",
    relations=("visit__patient__insurer",),
    code=(
        'Prescription.objects.select_related("visit__patient__insurer")',
        'Prescription.objects.select_related("visit__patient", "visit__patient__insurer")',
        'Prescription.objects.select_related("visit", "visit__patient__insurer")',
    ),
)
def prescribed_to():
    """A serializer used outside of any view; a join that stops too early."""
    items = Prescription.objects.select_related("visit").filter(days=7)[:30]  # site: prescribed-to
    return [PatientSerializer(item.visit.patient).data for item in items]


# What looks like it.


@negative("n-plus-one", "the viewset loads what its serializers read")
class VisitsJoined(viewsets.ReadOnlyModelViewSet):
    queryset = Visit.objects.select_related("doctor__speciality", "patient").filter(fee=61)
    serializer_class = VisitSerializer


@negative("n-plus-one", "a nested prefetch, twice into one table")
class ToursPrefetched(viewsets.ReadOnlyModelViewSet):
    queryset = Tour.objects.prefetch_related("stop_list__depot").order_by("name")[:15]
    serializer_class = TourSerializer


@negative("n-plus-one", "one object and what belongs to it", runs=({"pk": 30},))
class OneStudent(viewsets.ReadOnlyModelViewSet):
    queryset = Student.objects.all()
    serializer_class = StudentSerializer


class DepotSerializer(serializers.ModelSerializer):
    class Meta:
        model = Depot
        fields = ["name", "region"]


@negative("n-plus-one", "a primary key field reads the column, not the relation")
class DepotsByKey(generics.ListAPIView):
    queryset = Depot.objects.order_by("code")
    serializer_class = DepotSerializer


class JournalistSerializer(serializers.ModelSerializer):
    number = serializers.IntegerField()

    class Meta:
        model = Journalist
        fields = ["phone", "number"]


@negative("n-plus-one", "the count is an annotation")
class JournalistsCounted(generics.ListAPIView):
    serializer_class = JournalistSerializer

    def get_queryset(self):
        from django.db.models import Count

        return Journalist.objects.annotate(number=Count("articles"))


@negative("n-plus-one", "three things are asked for once each, whatever their number of rows")
class Overview(APIView):
    def get(self, request):
        tags = [tag.name for tag in Tag.objects.all()]
        courses = [course.title for course in Course.objects.filter(tariff_code="A")]
        holds = TrackingEvent.objects.filter(kind="hold").count()
        return Response({"tags": tags, "courses": courses, "holds": holds})
