"""Settings of the sixth project of index cases."""

from hub_settings import settings_of

globals().update(settings_of(__file__, apps=["lockers", "vineyard", "press"], time_zone="Europe/Lisbon"))
