"""Settings of the eighth project of index cases."""

from hub_settings import settings_of

globals().update(
    settings_of(__file__, apps=["discovery", "hamlog", "trees", "memory"], time_zone="Australia/Adelaide")
)
