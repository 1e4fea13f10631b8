"""Orders in the admin."""

from django.contrib import admin

from orders.models import Address, Customer, DailySales, Order, OrderLine, Payment, Refund


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    raw_id_fields = ["product"]
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "customer", "status", "total", "created"]
    list_select_related = ["customer"]
    ordering = ["-created"]
    raw_id_fields = ["customer", "shipping_address", "billing_address"]
    inlines = [OrderLineInline]
    search_fields = ["=number"]
    show_full_result_count = False


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["name", "email", "joined"]
    search_fields = ["=email"]
    show_full_result_count = False


@admin.register(Address)
class AddressAdmin(admin.ModelAdmin):
    list_display = ["__str__", "customer"]
    list_select_related = ["customer"]
    raw_id_fields = ["customer"]
    show_full_result_count = False


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    list_display = ["order", "method", "amount", "paid_at"]
    list_select_related = ["order"]
    raw_id_fields = ["order"]
    show_full_result_count = False


@admin.register(Refund)
class RefundAdmin(admin.ModelAdmin):
    list_display = ["created", "amount", "reason", "order"]
    list_select_related = ["payment__order"]
    raw_id_fields = ["payment"]
    show_full_result_count = False

    @admin.display(ordering="payment__order__number")
    def order(self, refund):
        return refund.payment.order


@admin.register(DailySales)
class DailySalesAdmin(admin.ModelAdmin):
    list_display = ["day", "orders", "customers", "products", "revenue"]
