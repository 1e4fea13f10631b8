"""The resort's API."""

from django.db.models import Count, Prefetch, Q
from rest_framework import generics, viewsets
from rest_framework.pagination import LimitOffsetPagination, PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import APIView
from situation import negative, positive
from ski.api import (
    BusySerializer,
    CourseSerializer,
    InstructorSerializer,
    ItemSerializer,
    RentalSerializer,
    SkierSerializer,
)
from ski.models import Course, Instructor, Item, Pass, Rental, Skier


class Pages(PageNumberPagination):
    page_size = 25


@positive(
    "n-plus-one",
    model="ski.Course",
    relations=("instructor__languages",),
    code=(
        'Course.objects.select_related("instructor").prefetch_related("instructor__languages")',
        'Course.objects.prefetch_related("instructor__languages")',
    ),
)
class CourseViewSet(viewsets.ModelViewSet):
    queryset = Course.objects.order_by("starts_at")  # site: course-view-set
    serializer_class = CourseSerializer
    pagination_class = Pages


@positive("n-plus-one", model="ski.Course", code_contains=("annotate(", "Count("), also=("query-in-loop",))
class BusyCourses(generics.ListAPIView):
    """A SerializerMethodField counts the paid ones."""

    serializer_class = BusySerializer
    pagination_class = Pages

    def get_queryset(self):
        return Course.objects.filter(capacity=8).order_by("pk")  # site: busy-courses


@positive(
    "n-plus-one",
    model="ski.Rental",
    relations=("item__kind", "skier"),
    code=(
        'Rental.objects.select_related("item__kind", "skier")',
        'super().get_queryset().select_related("item__kind", "skier")',
    ),
)
class OpenRentals(generics.ListAPIView):
    """The view's own get_queryset narrows the class attribute."""

    queryset = Rental.objects.order_by("pk")  # site: open-rentals
    serializer_class = RentalSerializer
    pagination_class = LimitOffsetPagination

    def get_queryset(self):
        return super().get_queryset().filter(back_at=None)[:50]  # site: open-rentals


@positive(
    "n-plus-one", model="ski.Skier", relations=("passes",), code=('Skier.objects.prefetch_related("passes")',)
)
class SkiersApi(APIView):
    def get(self, request):
        skiers = Skier.objects.filter(level=5).order_by("name")[:40]  # site: skiers-api
        return Response(SkierSerializer(skiers, many=True).data)


@positive(
    "n-plus-one",
    model="ski.Instructor",
    relations=("languages",),
    code=('Instructor.objects.prefetch_related("languages")',),
)
class InstructorViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = InstructorSerializer

    def get_queryset(self):
        found = Instructor.objects.order_by("name")  # site: instructor-view-set
        if speciality := self.request.query_params.get("speciality"):
            found = found.filter(speciality=speciality)
        return found


@negative("n-plus-one", "the viewset brings what its serializer reads")
class CourseViewSetReady(viewsets.ModelViewSet):
    queryset = (
        Course.objects.select_related("instructor")
        .prefetch_related("instructor__languages")
        .order_by("starts_at")
    )
    serializer_class = CourseSerializer
    pagination_class = Pages


@negative("n-plus-one", "one course and its instructor", runs=({"pk": 7},))
class CourseDetail(viewsets.ReadOnlyModelViewSet):
    queryset = Course.objects.all()
    serializer_class = CourseSerializer

    def get_object(self):
        return self.get_queryset().order_by("pk")[6:7].get()


@negative("n-plus-one", "a key field reads the column")
class ItemKeys(generics.ListAPIView):
    queryset = Item.objects.order_by("serial")
    serializer_class = ItemSerializer
    pagination_class = Pages


@negative("n-plus-one", "counted in SQL")
class CountedApi(APIView):
    def get(self, request):
        courses = Course.objects.annotate(paid=Count("bookings", filter=Q(bookings__is_paid=True))).order_by(
            "pk"
        )[:30]
        return Response([{"title": c.title, "paid": c.paid} for c in courses])


@negative("refiltered-prefetch", "the prefetch has its own filter and its own name")
class SeasonPasses(APIView):
    def get(self, request):
        season = Pass.objects.filter(kind="season").order_by("valid_until")
        skiers = Skier.objects.filter(level=4).prefetch_related(
            Prefetch("passes", queryset=season, to_attr="season_passes")
        )[:40]
        return Response([{"name": s.name, "codes": [p.code for p in s.season_passes]} for s in skiers])


@negative("expensive-count", "a page of a small table, and its count")
class SmallPages(generics.ListAPIView):
    queryset = Rental.objects.select_related("item__kind", "skier").order_by("-out_at")
    serializer_class = RentalSerializer
    pagination_class = LimitOffsetPagination

    def get(self, request, *args, **kwargs):
        self.paginator.default_limit = 20
        return super().get(request, *args, **kwargs)
