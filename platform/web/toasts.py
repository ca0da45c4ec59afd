"""A sentence that an htmx answer shows in the corner of the page; whole pages use django.contrib.messages."""

import json
from typing import TypeVar

from django.http.response import HttpResponseBase

from web.words import Words

Response = TypeVar("Response", bound=HttpResponseBase)


def attach(response: Response, text: Words, tone: str = "good") -> Response:
    """`tone` is good, info, warn or bad; the last two stay until somebody closes them."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": str(text), "tone": tone}})
    return response
