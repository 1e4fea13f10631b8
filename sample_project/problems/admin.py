"""The big tables in the admin."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.utils.functional import cached_property

from problems.models import IndexedMessage, IndexedShipment

ESTIMATED_ROWS = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass"


class EstimatingPaginator(Paginator):
    """Takes the planner's estimate for a whole table, since counting it reads all of it."""

    @cached_property
    def count(self):
        if self.object_list.query.where:
            return super().count
        with connection.cursor() as cursor:
            cursor.execute(ESTIMATED_ROWS, [self.object_list.model._meta.db_table])
            return cursor.fetchone()[0]


class BigTableAdmin(admin.ModelAdmin):
    paginator = EstimatingPaginator
    show_full_result_count = False
    ordering = ["-pk"]


@admin.register(IndexedShipment)
class ShipmentAdmin(BigTableAdmin):
    list_display = ["tracking_code", "depot", "status", "shipped"]
    raw_id_fields = ["order"]
    search_fields = ["=tracking_code"]


@admin.register(IndexedMessage)
class MessageAdmin(BigTableAdmin):
    list_display = ["author", "body"]
