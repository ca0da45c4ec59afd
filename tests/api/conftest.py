"""A small resource of its own, so that the shell is tested without any room of the product."""

import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from django.urls import include, path
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Group
from api.idempotency import idempotent
from api.pagination import CursorPages
from api.parsers import BoundedJSONParser, BoundedMultiPartParser
from api.refusals import Conflict, Invalid, Unready


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["id", "name", "created_at"]


class Groups(APIView):
    rules = {"get": "group.list", "post": "group.change"}

    def get(self, request):
        pages = CursorPages()
        rows = pages.paginate_queryset(Group.objects.filter(workspace=request.auth.workspace), request, self)
        return pages.get_paginated_response(GroupSerializer(rows, many=True).data)

    @idempotent(shown_once=("secret",))
    def post(self, request):
        form = GroupSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        group = Group.objects.create(workspace=request.auth.workspace, **form.validated_data)
        if group.name == "refused":
            raise Conflict("There is one already.")
        if group.name == "returned":
            return Response({"detail": "no"}, status=409)
        return Response({**GroupSerializer(group).data, "share": 0.1, "secret": "abc"}, status=201)


class Refusing(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()
    parser_classes = (BoundedJSONParser, BoundedMultiPartParser)

    def get(self, request, how):
        raise {
            "invalid": Invalid("There are fewer pages than that.", field="pages"),
            "conflict": Conflict("It is closed."),
            "unready": Unready("The model is loading.", retry_after=7),
            "broken": RuntimeError("a fault of ours"),
            "database": OperationalError("the server closed the connection unexpectedly"),
        }[how]

    def post(self, request, how):
        return Response({"got": sorted(request.data)})


urlpatterns = [
    path("api/v1/groups-of-tests/", Groups.as_view()),
    path("api/v1/refusing/<str:how>/", Refusing.as_view()),
    path("", include("config.urls")),
]
handler400 = "config.handlers.bad_request"
handler403 = "config.handlers.forbidden"
handler404 = "config.handlers.not_found"
handler500 = "config.handlers.broken"


@pytest.fixture
def one_connection():
    """A request through WSGI keeps the connection, and with it the transaction of the test, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def small_api(settings):
    settings.ROOT_URLCONF = __name__
