"""Where everything is."""

from django.contrib import admin
from django.urls import include, path, register_converter
from rest_framework.routers import SimpleRouter

from bookings.converters import DateConverter
from bookings.views import day
from catalog import views as catalog
from catalog.api import ProductViewSet
from orders import views as orders
from orders.api import OrderViewSet
from reviews.views import latest
from staff.views import directory

register_converter(DateConverter, "date")
router = SimpleRouter()
router.register("products", ProductViewSet)
router.register("orders", OrderViewSet)

urlpatterns = [
    path("", catalog.ProductList.as_view(), name="products"),
    path("products/<slug:slug>/", catalog.product_detail, name="product"),
    path("categories/<slug:slug>/", catalog.category, name="category"),
    path("search/", catalog.search, name="search"),
    path("opinions/", catalog.opinions, name="opinions"),
    path("availability/", catalog.availability, name="availability"),
    path("comments/", latest, name="comments"),
    path("bookings/<date:day>/", day, name="bookings"),
    path("staff/", directory, name="staff"),
    path("dashboard/", orders.dashboard, name="dashboard"),
    path("orders/<str:number>/", orders.order_detail, name="order"),
    path("export/orders.csv", orders.export, name="export"),
    path("reports/sales/", orders.sales_report, name="sales"),
    path("api/", include(router.urls)),
    path("problems/", include("problems.urls")),
    path("admin/", admin.site.urls),
]
