"""Settings of the project that the situations belong to."""

from shared_settings import *

INSTALLED_APPS += [
    "clinic.apps.ClinicConfig",
    "freight.apps.FreightConfig",
    "newsroom.apps.NewsroomConfig",
    "school.apps.SchoolConfig",
]
