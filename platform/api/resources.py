"""What the API says of itself: the methods that can be chosen, and its own document."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import document, methods
from api.reading import Reader


class MethodSerializer(serializers.Serializer[methods.Method]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.DictField(child=serializers.JSONField(), help_text="JSON Schema of the method's settings.")


class MethodsSerializer(serializers.Serializer[dict[str, list[methods.Method]]]):
    feedback_kinds = MethodSerializer(many=True)
    reward_model_kinds = MethodSerializer(many=True)
    algorithms = MethodSerializer(many=True)
    layouts = MethodSerializer(many=True)
    studies = MethodSerializer(many=True)
    searches = MethodSerializer(many=True)
    campaigns = MethodSerializer(many=True)


class Methods(APIView):
    rules = {"get": "method.read"}

    @extend_schema(operation_id="methods", tags=["methods"], responses=MethodsSerializer)
    def get(self, request: Request) -> Response:
        """What can be chosen, each with a JSON Schema of its settings."""
        return Response(
            {
                section: [
                    {"name": m.name, "title": m.title, "description": m.description, "schema": m.schema()}
                    for m in methods.all_of(section)
                ]
                for section in methods.SECTIONS
            }
        )


class OpenAPIRenderer(JSONRenderer):
    media_type = "application/vnd.oai.openapi+json"


class Document(APIView):
    """The OpenAPI document; open to everybody, as it holds nothing of anybody's."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer, OpenAPIRenderer)  # what may be asked for; it is written already

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        made = document.current()
        if request.headers.get("If-None-Match") == made.etag:
            response: HttpResponse = HttpResponseNotModified()
        else:
            response = HttpResponse(made.text, content_type=f"{OpenAPIRenderer.media_type}; charset=utf-8")
        response["ETag"], response["Cache-Control"] = made.etag, "public, no-cache"
        return response


class Pages(APIView):
    """The document, to be read."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (StaticHTMLRenderer,)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Whoever is signed in is shown as such, though the framework takes a visit without token for nobody's."""
        super().setup(request, *args, **kwargs)
        self.visitor = request.user

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        groups = Reader(document.current().content).groups()
        request._request.user = self.visitor
        return render(request._request, "api/document.html", {"groups": groups})
