"""From documents in which parties state demands to stable agreements."""
from negotiation.model.files import load, loads
