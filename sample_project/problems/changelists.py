"""Two admin changelists that are not registered: the pages call them themselves."""

from django.contrib import admin

from bookings.models import Booking
from orders.models import Refund


class RefundAdmin(admin.ModelAdmin):  # site: admin-changelist
    list_display = ["created", "amount", "order_number"]
    ordering = ["-created"]
    list_per_page = 25
    show_full_result_count = False

    @admin.display(description="order")
    def order_number(self, refund):
        return refund.payment.order.number


class CuredRefundAdmin(RefundAdmin):
    list_select_related = ["payment__order"]


class BookingAdmin(admin.ModelAdmin):
    list_display = ["period", "room_name", "building"]
    ordering = ["-pk"]
    list_per_page = 25
    show_full_result_count = False

    def get_queryset(self, request):
        return Booking.objects.select_related("room")  # site: admin-get-queryset

    def room_name(self, booking):
        return booking.room.name

    def building(self, booking):
        return booking.room.building.name


class CuredBookingAdmin(BookingAdmin):
    def get_queryset(self, request):
        return Booking.objects.select_related("room__building")


def changelist(model_admin, model):
    """The changelist as the admin site serves it, for staff only."""
    return admin.site.admin_view(model_admin(model, admin.site).changelist_view)


admin_changelist = changelist(RefundAdmin, Refund)
admin_changelist_cured = changelist(CuredRefundAdmin, Refund)
admin_get_queryset = changelist(BookingAdmin, Booking)
admin_get_queryset_cured = changelist(CuredBookingAdmin, Booking)
