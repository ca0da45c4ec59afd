"""The annotator's desk: a task taken up again, a judgment opened again, guidelines read."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import money, projects
from annotation.desk import reading, review
from annotation.queue import returning
from annotation.resources import bodies, work
from api.bodies import Body
from api.idempotency import idempotent


@extend_schema(tags=["labelling"])
class Reopen(APIView):
    rules = {"post": "task.label"}

    @extend_schema(
        operation_id="assignments_reopen", parameters=[work.WITH_HTML], request=None, responses=work.OfferSerializer
    )
    def post(self, request: Request, assignment: UUID) -> Response:
        """A task that was skipped or given back, taken up again while it has a place."""
        scope = access.scope_of(request)
        project, offer = returning.reopen(scope=scope, assignment=assignment)
        return Response(work.shown(offer, project, with_html=bodies.wants_html(request)))


class OpenedSerializer(serializers.Serializer):
    judgment = serializers.UUIDField()
    version = serializers.IntegerField()
    assignment = serializers.UUIDField()
    kind = serializers.CharField()
    prompt = work.MessageSerializer(many=True)
    responses = work.ShownSerializer(many=True, help_text="In the order shown.")
    currency = serializers.CharField(required=False)
    money = work.MoneySerializer(required=False)
    content_warning = serializers.CharField(required=False, allow_blank=True)
    guidelines_version = serializers.IntegerField()
    answer = serializers.DictField()
    created_at = serializers.DateTimeField()
    fixed = serializers.CharField(allow_blank=True, help_text="Why it can no longer be corrected; empty where it can.")
    older = serializers.UUIDField(allow_null=True, help_text="The judgment that you made before it here.")
    newer = serializers.UUIDField(allow_null=True)


@extend_schema(tags=["judgments"])
class Reviewed(APIView):
    rules = {"get": "judgment.own"}

    @extend_schema(operation_id="judgments_task", parameters=[work.WITH_HTML], responses=OpenedSerializer)
    def get(self, request: Request, judgment: UUID) -> Response:
        """One of your own judgments with the task as it was shown to you."""
        opened = review.open_again(scope=access.scope_of(request), judgment=judgment)
        return Response(opened_as_json(opened, with_html=bodies.wants_html(request)))


def opened_as_json(opened: review.Opened, *, with_html: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "judgment": opened.judgment,
        "version": opened.version,
        "assignment": opened.assignment,
        "kind": opened.kind,
        "prompt": work.rendered(opened.prompt, "content") if with_html else opened.prompt,
        "responses": work.rendered(opened.responses, "text") if with_html else opened.responses,
        "guidelines_version": opened.guidelines_version,
        "answer": opened.answer,
        "created_at": opened.created_at,
        "fixed": opened.why_fixed,
        "older": opened.older,
        "newer": opened.newer,
    }
    if opened.terms:
        body["currency"], body["money"] = opened.terms.currency, money.asked(opened.terms)
    if opened.content_warning is not None:
        body["content_warning"] = opened.content_warning
    return body


class ReadSerializer(Body):
    version = serializers.IntegerField(min_value=1, max_value=2_147_483_647)


@extend_schema(tags=["projects"])
class Readings(APIView):
    rules = {"post": "task.label"}

    @extend_schema(operation_id="projects_readings", request=ReadSerializer, responses={201: ReadSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        """That you have read this version of the guidelines."""
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = ReadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        read = reading.acknowledge(scope=scope, project=found, version=body.validated_data["version"])
        return Response({"version": read.version}, status=201)
