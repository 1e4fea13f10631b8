from django.contrib import admin

from .models import Anomaly, Band, Contact, Customer, Delivery, Instrument, Licence, Part

admin.site.register([Band, Part])


@admin.register(Licence)
class LicenceAdmin(admin.ModelAdmin):
    list_display = ["number", "station"]
    list_per_page = 30
    show_full_result_count = False


__all__ = ["Anomaly", "Contact", "Customer", "Delivery", "Instrument"]
