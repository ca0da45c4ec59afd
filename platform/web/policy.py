"""What a browser may load: the policy of the pages from the settings, and for what the API says nothing at all."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PROGRAMS = "/api/"
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"


class PolicyMiddleware(CSPMiddleware):
    """A page's policy has a nonce of its own and is built anew; an answer of the API is never a page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(PROGRAMS):
            response[HEADER] = NOTHING
            return response
        return super().process_response(request, response)
