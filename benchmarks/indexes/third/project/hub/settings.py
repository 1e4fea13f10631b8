"""Settings of the third project of index cases."""

from hub_settings import settings_of

globals().update(
    settings_of(
        __file__, apps=["bloodbank", "rails", "seeds", "permits", "podcasts"], time_zone="America/Montevideo"
    )
)
