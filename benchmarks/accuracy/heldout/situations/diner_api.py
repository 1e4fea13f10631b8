"""The chain's API and admin."""

from diner.api import (
    BranchSerializer,
    BranchTeamSerializer,
    DishSerializer,
    IngredientSerializer,
    OrderSerializer,
    PlainOrderSerializer,
    StaffSerializer,
)
from diner.models import Branch, Category, Dish, Ingredient, Order, Staff
from django.contrib import admin
from django.db.models import Count, Q
from festival.models import Film, Role, Screening
from rest_framework import generics, pagination, serializers, viewsets
from rest_framework.decorators import api_view
from rest_framework.response import Response
from situation import negative, positive
from tracker.models import Comment, Issue, Milestone


class Twenty(pagination.PageNumberPagination):
    page_size = 20


@positive(
    "n-plus-one",
    model="diner.Dish",
    relations=("category", "ingredients__supplier"),
    code=(
        'Dish.objects.select_related("category").prefetch_related("ingredients__supplier")',
        'Dish.objects.select_related("category").prefetch_related(Prefetch("ingredients", queryset=Ingredient.objects.select_related("supplier")))',
    ),
)
class DishViewSet(viewsets.ModelViewSet):
    queryset = Dish.objects.order_by("name")  # site: dish-view-set
    serializer_class = DishSerializer
    pagination_class = Twenty


@positive(
    "n-plus-one",
    model="diner.Order",
    relations=("lines__dish", "rating"),
    code=(
        'Order.objects.select_related("branch", "waiter", "rating").prefetch_related("lines__dish")',
        'Order.objects.select_related("rating").prefetch_related("lines__dish")',
        'Order.objects.select_related("rating").prefetch_related(Prefetch("lines", queryset=OrderLine.objects.select_related("dish")))',
    ),
    beside=("unused-select-related",),
)
class OpenOrderViewSet(viewsets.ReadOnlyModelViewSet):
    """`detailed()` loads a part of what the nested serializer reads (and the branch, which it doesn't)."""

    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.open().detailed().order_by("pk")[:30]  # site: open-order-view-set


@positive(
    "n-plus-one",
    model="diner.Branch",
    code_contains=('Count("staff"', 'Count("orders"', "distinct=True|Subquery("),
    also=("query-in-loop",),
    beside=("n-plus-one",),
)
class BranchList(generics.ListAPIView):
    """Two counts of two joins: they would multiply."""

    queryset = Branch.objects.all()  # site: branch-list
    serializer_class = BranchSerializer


@positive(
    "n-plus-one",
    model="diner.Branch",
    relations=("region", "staff"),
    code=('Branch.objects.select_related("region").prefetch_related("staff")',),
)
class TeamViewSet(viewsets.ViewSet):
    def list(self, request):
        branches = Branch.objects.filter(city__in=["City 1", "City 2", "City 3"])  # site: team-view-set
        return Response(BranchTeamSerializer(branches, many=True).data)


@api_view(["GET"])
def staff_of_region(request):
    people = Staff.objects.filter(branch__region__name="Region 2")  # site: staff-rows
    return Response(StaffSerializer(people, many=True).data)


@positive(
    "n-plus-one",
    model="diner.Staff",
    relations=("locker", "mentor"),
    code=('Staff.objects.select_related("locker", "mentor")',),
)
def staff_rows(request):
    return staff_of_region(request)


class IssueSerializer(serializers.ModelSerializer):
    class Meta:
        model = Issue
        fields = ("title", "labels", "watchers")


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("labels", "watchers"),
    code=('Issue.objects.prefetch_related("labels", "watchers")',),
)
class IssueApi(generics.ListAPIView):
    """Half of it is prefetched already."""

    serializer_class = IssueSerializer
    pagination_class = Twenty

    def get_queryset(self):
        # site: issue-api
        return Issue.objects.open().with_labels().order_by("-created_at")


class ThreadSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.user.username")

    class Meta:
        model = Comment
        fields = ("text", "author")


class ThreadedIssueSerializer(serializers.ModelSerializer):
    comments = ThreadSerializer(many=True)

    class Meta:
        model = Issue
        fields = ("title", "comments")


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("comments__author__user",),
    code=(
        'Issue.objects.prefetch_related("comments__author__user")',
        'Issue.objects.prefetch_related("comments", "comments__author__user")',
        'Issue.objects.prefetch_related(Prefetch("comments", queryset=Comment.objects.select_related("author__user")))',
    ),
)
class Threads(generics.ListAPIView):
    queryset = Issue.objects.filter(status="review", project__key="PR3").prefetch_related("comments")  # site: threads
    serializer_class = ThreadedIssueSerializer


@negative("n-plus-one", "the viewset loads all that its serializer reads")
class DishViewSetRight(viewsets.ReadOnlyModelViewSet):
    queryset = Dish.objects.select_related("category").prefetch_related("ingredients__supplier").order_by("name")
    serializer_class = DishSerializer
    pagination_class = Twenty


@negative("n-plus-one", "one object's detail", runs=({"pk": 12},))
class OneDish(viewsets.ReadOnlyModelViewSet):
    queryset = Dish.objects.prefetch_related("ingredients__supplier")
    serializer_class = DishSerializer


@negative("expensive-count", "a paginator's COUNT and its page, of a small table")
class PagedOrders(generics.ListAPIView):
    queryset = Order.objects.filter(status="open").select_related("branch").order_by("pk")
    serializer_class = PlainOrderSerializer
    pagination_class = Twenty


@positive(
    "latent-n-plus-one",
    model="diner.Ingredient",
    relations=("supplier",),
    code=('Ingredient.objects.select_related("supplier")',),
)
class IngredientSearch(generics.ListAPIView):
    queryset = Ingredient.objects.all()  # site: ingredient-search
    serializer_class = IngredientSerializer

    def filter_queryset(self, queryset):
        return queryset.filter(name__iendswith="ingredient 271")  # site: ingredient-search


# Admin ------------------------------------------------------------------------------------------


@positive(
    "n-plus-one",
    model="festival.Screening",
    code_contains=('"film', '"hall__cinema"|"hall"|hall__cinema', "select_related"),
)
@admin.register(Screening)
class ScreeningAdmin(admin.ModelAdmin):  # site: screening-admin
    """A callable of the list reads two steps, and the title column one."""

    list_display = ("film_title", "place", "starts_at")  # site: screening-admin
    list_per_page = 25

    def film_title(self, obj):
        return obj.film.title

    @admin.display(description="where")
    def place(self, obj):
        return f"{obj.hall.cinema.city} {obj.hall.name}"


class RoleInline(admin.TabularInline):  # site: film-admin
    model = Role  # site: film-admin
    fields = ("character", "actor")
    readonly_fields = ("actor",)
    extra = 0

    def actor(self, role):
        return role.person.credit


@positive(
    "n-plus-one",
    model="festival.Role",
    code_contains=("person__country", "select_related|prefetch_related"),
    runs=({"pk": 31},),
    beside=("unbounded-result",),
)
@admin.register(Film)
class FilmAdmin(admin.ModelAdmin):
    """The inline's rows each ask for the actor and the country."""

    fields = ("title", "slug")
    inlines = [RoleInline]


@positive(
    "n-plus-one",
    model="tracker.Milestone",
    code_contains=("project", "select_related"),
)
@admin.register(Milestone)
class MilestoneAdmin(admin.ModelAdmin):  # site: milestone-admin
    """The only column is `__str__`, which reads the project."""

    list_display = ["__str__"]  # site: milestone-admin


@negative("n-plus-one", "`list_select_related` names what the columns read")
@admin.register(Staff)
class StaffAdmin(admin.ModelAdmin):
    list_display = ["name", "branch", "region"]
    list_select_related = ["branch__region"]
    list_per_page = 40

    def region(self, obj):
        return obj.branch.region.name


@negative("n-plus-one", "a foreign key in `list_display` is joined by the changelist itself")
@admin.register(Ingredient)
class IngredientAdmin(admin.ModelAdmin):
    list_display = ["name", "supplier"]
    list_per_page = 40


@positive(
    "n-plus-one",
    model="diner.Category",
    code_contains=('Count("dishes"',),
    also=("query-in-loop",),
)
@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):  # site: category-admin
    list_display = ("name", "dish_count")  # site: category-admin

    def dish_count(self, category):
        return category.dishes.count()


@negative("n-plus-one", "counted by get_queryset()")
@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    list_display = ("name", "heads", "waiting")

    def get_queryset(self, request):
        waiting = Count("orders", filter=Q(orders__status="open"), distinct=True)
        return super().get_queryset(request).annotate(n_staff=Count("staff", distinct=True), n_open=waiting)

    def heads(self, obj):
        return obj.n_staff

    def waiting(self, obj):
        return obj.n_open
