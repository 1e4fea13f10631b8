"""Settings of the fifth project of index cases."""

from hub_settings import settings_of

globals().update(settings_of(__file__, apps=["resort", "zoo", "bureau"], time_zone="Europe/Vienna"))
