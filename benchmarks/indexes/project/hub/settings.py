"""Settings of the project that the index cases are part of."""

from hub_settings import settings_of

globals().update(
    settings_of(
        __file__,
        apps=["telemetry", "clinic", "sounds", "freight", "chat", "parking", "genealogy", "auctions"],
        time_zone="Europe/Lisbon",
    )
)
