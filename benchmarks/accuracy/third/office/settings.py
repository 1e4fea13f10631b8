"""Settings of the third project: the staff have an account of its own kind."""

from shared_settings import *

AUTH_USER_MODEL = "exams.Account"
INSTALLED_APPS += [
    "seedbank.apps.SeedbankConfig",
    "ski.apps.SkiConfig",
    "exams.apps.ExamsConfig",
    "gear.apps.GearConfig",
]
TEMPLATES[0]["OPTIONS"]["context_processors"] = [*CONTEXT_PROCESSORS, "gear.context.sidebar"]
