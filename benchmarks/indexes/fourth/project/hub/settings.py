"""Settings of the fourth project of index cases."""

from hub_settings import settings_of

globals().update(
    settings_of(
        __file__, apps=["mailings", "bloodbank", "ledger", "evidence", "festival"], time_zone="America/Bogota"
    )
)
