"""Settings of the fourth project: the staff have an account of their own kind."""

from shared_settings import *

AUTH_USER_MODEL = "bloodbank.Staff"
INSTALLED_APPS += ["bloodbank.apps.BloodbankConfig", "orbit.apps.OrbitConfig"]
TEMPLATES[0]["OPTIONS"]["context_processors"] = [*CONTEXT_PROCESSORS, "orbit.context.mission_control"]
