"""Settings of the seventh project of index cases."""

from hub_settings import settings_of

globals().update(
    settings_of(__file__, apps=["dispatch", "claims", "campus", "recipes"], time_zone="America/Toronto")
)
