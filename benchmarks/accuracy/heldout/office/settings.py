"""Settings of the project that the situations belong to."""

from shared_settings import *

INSTALLED_APPS += [
    "festival.apps.FestivalConfig",
    "housing.apps.HousingConfig",
    "diner.apps.DinerConfig",
    "tracker.apps.TrackerConfig",
]
