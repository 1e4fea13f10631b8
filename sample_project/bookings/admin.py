"""Bookings in the admin."""

from django.contrib import admin

from bookings.models import Booking, Building, Room

admin.site.register(Building)


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    list_display = ["name", "building", "seats"]
    list_select_related = ["building"]


@admin.register(Booking)
class BookingAdmin(admin.ModelAdmin):
    list_display = ["room", "customer", "period"]
    list_select_related = ["room__building", "customer"]
    raw_id_fields = ["room", "customer"]
