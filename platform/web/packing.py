"""Pages are packed on their way to the browser: of a large one four fifths are the same words again and again."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PackingMiddleware(GZipMiddleware):
    """HTML alone. Static files lie packed already; programs and downloads get what they ask for as it is.

    Secrets of a page are safe from guesses by its packed length (BREACH): the token of its forms is masked anew each
    time, and Django adds a random number of bytes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
