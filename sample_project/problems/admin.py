"""The big tables in the admin."""

from django.contrib import admin

from problems.models import IndexedMessage, IndexedShipment


@admin.register(IndexedShipment)
class ShipmentAdmin(admin.ModelAdmin):
    list_display = ["tracking_code", "depot", "status", "shipped"]
    raw_id_fields = ["order"]
    search_fields = ["=tracking_code"]
    show_full_result_count = False


@admin.register(IndexedMessage)
class MessageAdmin(admin.ModelAdmin):
    list_display = ["author", "body"]
    show_full_result_count = False
