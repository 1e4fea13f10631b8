"""Settings of the second project of index cases."""

from hub_settings import settings_of

globals().update(
    settings_of(
        __file__, apps=["ferries", "courts", "energy", "leagues", "museum"], time_zone="Europe/Helsinki"
    )
)
