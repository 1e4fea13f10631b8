from telemetry.models.events import DeviceEvent
from telemetry.models.network import Sensor, Station
from telemetry.models.readings import Reading

__all__ = ["DeviceEvent", "Reading", "Sensor", "Station"]
