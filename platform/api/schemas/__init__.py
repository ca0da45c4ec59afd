"""One description of a method's settings, its frozen dataclass, read three ways: JSON Schema, checked values, form."""

from api.schemas.building import build
from api.schemas.describing import of_dataclass
from api.schemas.forms import form_for

__all__ = ["build", "form_for", "of_dataclass"]
