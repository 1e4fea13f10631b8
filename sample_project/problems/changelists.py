"""Two admin changelists that are not registered: the pages call them themselves."""

from django.contrib import admin

from orders.models import Payment, Refund


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


class PaymentAdmin(admin.ModelAdmin):
    list_display = ["paid_at", "amount", "customer"]
    ordering = ["-paid_at"]
    list_per_page = 20
    show_full_result_count = False

    def get_queryset(self, request):
        return Payment.objects.filter(method="card").select_related("order")  # site: admin-get-queryset

    def customer(self, payment):
        return payment.order.customer.name


class CuredPaymentAdmin(PaymentAdmin):
    def get_queryset(self, request):
        return Payment.objects.filter(method="card").select_related("order__customer")


def changelist(model_admin, model):
    """The changelist as the admin site serves it, for staff only."""
    return admin.site.admin_view(model_admin(model, admin.site).changelist_view)


admin_changelist = changelist(RefundAdmin, Refund)
admin_changelist_cured = changelist(CuredRefundAdmin, Refund)
admin_get_queryset = changelist(PaymentAdmin, Payment)
admin_get_queryset_cured = changelist(CuredPaymentAdmin, Payment)
