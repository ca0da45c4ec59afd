"""Settling disputes: the disputed tasks, the next case of a reviewer, and the votes beside it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import projects
from annotation.adjudication import cases, disputes
from annotation.models.projects import Kind
from annotation.queue.offers import Nothing
from annotation.resources import bodies, work

MOST_SHOWN = 200


class DisputeSerializer(serializers.Serializer):
    task = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    votes = serializers.IntegerField()
    disagreement = serializers.FloatField(help_text="0 to 1.")


class DisputesSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="How many there are, 5,000 at most; the first 200 are listed.")
    results = DisputeSerializer(many=True)


@extend_schema(tags=["review"])
class Disputes(APIView):
    """Tasks whose votes differ and that nobody has settled, the most disputed first."""

    rules = {"get": "judgment.adjudicate"}

    @extend_schema(operation_id="projects_disputes", responses=DisputesSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        found = disputes.of(projects.find(scope=access.scope_of(request), project=project).pk)
        return Response(DisputesSerializer({"count": len(found), "results": found[:MOST_SHOWN]}).data)


@extend_schema(tags=["review"])
class NextCase(APIView):
    """The most disputed task that this reviewer has not met; answered like any other assignment."""

    rules = {"post": "judgment.adjudicate"}

    @extend_schema(
        operation_id="projects_adjudications_next",
        parameters=[work.WITH_HTML],
        request=work.HoldingSerializer,
        responses={
            200: work.OfferSerializer,
            204: OpenApiResponse(description="Nothing now: X-Reason is done, or waiting with Retry-After."),
        },
    )
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        own = projects.find(scope=scope, project=project)
        found = cases.take(scope=scope, project=own, holding=bodies.holding(request))
        if isinstance(found, Nothing):
            return Response(status=204, headers=work.why(found))
        return Response(work.shown(found, project, with_html=bodies.wants_html(request)))


class VoteSerializer(serializers.Serializer):
    annotator = serializers.CharField(help_text="A pseudonym.")
    words = serializers.CharField(
        help_text="The answer in words, by the order in which the reviewer sees the responses."
    )
    reason = serializers.CharField()
    answer = serializers.DictField()
    created_at = serializers.DateTimeField()


class VotesSerializer(serializers.Serializer):
    votes = VoteSerializer(many=True)


@extend_schema(tags=["review"])
class Votes(APIView):
    """The votes on a case of one's own. Asking before one has answered is recorded."""

    rules = {"post": "judgment.adjudicate"}

    @extend_schema(operation_id="assignments_votes", request=None, responses=VotesSerializer)
    def post(self, request: Request, assignment: UUID) -> Response:
        found: list[Any] = cases.look(scope=access.scope_of(request), assignment=assignment)
        return Response(VotesSerializer({"votes": found}).data)
