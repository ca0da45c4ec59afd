"""An annotator's calls: the next task, the answer, and leases that end otherwise."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import money
from annotation.models.projects import Kind
from annotation.queue import answers, leases, offers, progress
from annotation.queue.answers import Said
from annotation.queue.offers import Nothing, Offer
from annotation.resources import bodies
from web import markdown

TOLD = {"qualification", "adjudication"}  # that a task is a repeat, or its answer known, is not told


HTML = "With ?html=1: rendered from Markdown and cleaned."
WITH_HTML = OpenApiParameter("html", bool, description="Whether texts come rendered too.")


class HoldingSerializer(serializers.Serializer):
    holding = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=bodies.MOST_HELD)


class MessageSerializer(serializers.Serializer):
    role = serializers.CharField()
    content = serializers.CharField()
    html = serializers.CharField(required=False, help_text=HTML)


class ShownSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    text = serializers.CharField()
    html = serializers.CharField(required=False, help_text=HTML)


class ProgressSerializer(serializers.Serializer):
    mine = serializers.IntegerField(help_text="How many judgments you have made here.")
    project = serializers.FloatField(help_text="The share of the labels wanted that are there, 0 to 1.")


class MoneySerializer(serializers.Serializer):
    elicitation = serializers.ChoiceField(choices=["direct", "list", "bdm"])
    commitment = serializers.CharField(
        allow_null=True,
        help_text='SHA-256 of "<nonce>:<price>" of the price that is sealed for this question; the answer opens it.',
    )
    endowment = serializers.CharField(allow_null=True, help_text="Play money that this question brings.")
    minimum = serializers.CharField(help_text="The smallest amount beside 0.")
    maximum = serializers.CharField()
    step = serializers.CharField()
    prices = serializers.ListField(
        child=serializers.CharField(), help_text="The rows of a price list, or what the price was drawn from."
    )
    explanation = serializers.CharField()
    shortcuts = serializers.ListField(child=serializers.CharField(), help_text="A few amounts to choose from at once.")


class OfferSerializer(serializers.Serializer):
    assignment = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=sorted(TOLD), required=False)
    kind = serializers.ChoiceField(choices=Kind.choices)
    prompt = MessageSerializer(many=True)
    responses = ShownSerializer(many=True, help_text="In the order shown.")
    currency = serializers.CharField(required=False)
    money = MoneySerializer(required=False, help_text="How an amount is asked for, in this version of the guidelines.")
    content_warning = serializers.CharField(
        required=False, allow_blank=True, help_text="There where a text was marked as harmful: cover it at first."
    )
    guidelines_version = serializers.IntegerField()
    lease_expires_at = serializers.DateTimeField()
    progress = ProgressSerializer()


class AnswerSerializer(serializers.Serializer):
    answer = serializers.DictField(help_text="As GET /methods/ describes the kind.")
    duration_ms = serializers.IntegerField(min_value=0, max_value=answers.LONGEST_MS, required=False, allow_null=True)


class SubmissionSerializer(AnswerSerializer):
    next = serializers.BooleanField(required=False, allow_null=True, help_text="Answer with the next task too.")
    holding = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=bodies.MOST_HELD)


class SaidSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    assignment = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    final = serializers.BooleanField(help_text="Whether it can neither be changed nor taken back: its price is known.")


class SubmittedSerializer(serializers.Serializer):
    judgment = SaidSerializer()
    outcome = serializers.DictField(required=False, help_text="What the answer brought, by name; absent where nothing.")
    next = OfferSerializer(allow_null=True, help_text="Null where it was not asked for, or where there is none now.")


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=bodies.LONGEST_REASON)


class LeaseSerializer(serializers.Serializer):
    assignment = serializers.UUIDField()
    state = serializers.CharField()
    lease_expires_at = serializers.DateTimeField(required=False)


@extend_schema(tags=["labelling"])
class Next(APIView):
    rules = {"post": "task.label"}

    @extend_schema(
        operation_id="projects_next",
        parameters=[WITH_HTML],
        request=HoldingSerializer,
        responses={
            200: OfferSerializer,
            409: OpenApiResponse(description="You are paused here, or have not passed the test: see your standing."),
            204: OpenApiResponse(
                description="Nothing now: X-Reason is done, or waiting with Retry-After; X-Why may say paused, closed "
                "or most (all that one person may make)."
            ),
        },
    )
    def post(self, request: Request, project: UUID) -> Response:
        holding = bodies.holding(request)
        found = offers.take(scope=access.scope_of(request), project=project, holding=holding)
        if isinstance(found, Nothing):
            return Response(status=204, headers=why(found))
        return Response(shown(found, project, with_html=bodies.wants_html(request)))


@extend_schema(tags=["labelling"])
class Submit(APIView):
    rules = {"post": "task.label"}

    @extend_schema(
        operation_id="assignments_submit",
        parameters=[WITH_HTML],
        request=SubmissionSerializer,
        responses={
            201: SubmittedSerializer,
            200: OpenApiResponse(SubmittedSerializer, description="The same answer was there already."),
            409: OpenApiResponse(
                description="Another answer is there, the lease ran out and somebody has the task, or you are paused."
            ),
        },
    )
    def post(self, request: Request, assignment: UUID) -> Response:
        submission = bodies.submission(request)
        said, upcoming = answers.submit(scope=access.scope_of(request), assignment=assignment, submission=submission)
        body: dict[str, Any] = {"judgment": as_json(said), "next": None}
        headers = {}
        if said.outcome:
            body["outcome"] = said.outcome
        if isinstance(upcoming, Offer):
            body["next"] = shown(upcoming, said.project, with_html=bodies.wants_html(request))
        elif isinstance(upcoming, Nothing):
            headers = why(upcoming)
        return Response(body, status=201 if said.is_new else 200, headers=headers)


class Ending(APIView):
    """Skip and release, which give the place back."""

    rules = {"post": "task.label"}


@extend_schema(tags=["labelling"])
class Skip(Ending):
    @extend_schema(operation_id="assignments_skip", request=ReasonSerializer, responses=LeaseSerializer)
    def post(self, request: Request, assignment: UUID) -> Response:
        found = leases.skip(scope=access.scope_of(request), assignment=assignment, reason=bodies.reason(request))
        return Response({"assignment": found.pk, "state": found.state})


@extend_schema(tags=["labelling"])
class Release(Ending):
    @extend_schema(operation_id="assignments_release", request=ReasonSerializer, responses=LeaseSerializer)
    def post(self, request: Request, assignment: UUID) -> Response:
        found = leases.release(scope=access.scope_of(request), assignment=assignment, reason=bodies.reason(request))
        return Response({"assignment": found.pk, "state": found.state})


@extend_schema(tags=["labelling"])
class Extend(APIView):
    rules = {"post": "task.label"}

    @extend_schema(operation_id="assignments_extend", request=None, responses=LeaseSerializer)
    def post(self, request: Request, assignment: UUID) -> Response:
        expires_at = leases.extend(scope=access.scope_of(request), assignment=assignment)
        return Response({"assignment": assignment, "state": "open", "lease_expires_at": expires_at})


def shown(offer: Offer, project: UUID, *, with_html: bool = False) -> dict[str, Any]:
    body: dict[str, Any] = {
        "assignment": offer.assignment,
        "kind": offer.kind,
        "prompt": rendered(offer.prompt, "content") if with_html else offer.prompt,
        "responses": rendered(offer.responses, "text") if with_html else offer.responses,
        "guidelines_version": offer.guidelines_version,
        "lease_expires_at": offer.lease_expires_at,
        "progress": {"mine": offer.mine, "project": progress.share(project)},
    }
    if offer.terms:
        body["currency"], body["money"] = offer.terms.currency, money.asked(offer.terms, offer.commitment)
    if offer.content_warning is not None:
        body["content_warning"] = offer.content_warning
    if offer.purpose in TOLD:
        body["purpose"] = offer.purpose
    return body


def rendered(parts: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [{**part, "html": markdown.render(part[name])} for part in parts]


def why(nothing: Nothing) -> dict[str, str]:
    headers = {"X-Reason": nothing.reason}
    if nothing.retry_after:
        headers["Retry-After"] = str(nothing.retry_after)
    if nothing.why:
        headers["X-Why"] = nothing.why
    return headers


def as_json(said: Said) -> dict[str, Any]:
    return {
        "id": said.id,
        "version": said.version,
        "assignment": said.assignment,
        "created_at": said.created_at,
        "final": said.is_final,
    }
