"""The ledger of play money, and what people agreed to."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import consents, ledger, projects
from annotation.models import Consent, LedgerEntry, Project
from annotation.money import written
from api.bodies import Body
from api.idempotency import idempotent


class LedgerEntrySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    annotator = serializers.CharField(source="annotator.pseudonym", help_text="A pseudonym.")
    project = serializers.UUIDField(source="project_id", allow_null=True)
    assignment = serializers.UUIDField(source="draw.assignment_id", allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=LedgerEntry.Kind.choices)
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()

    def get_amount(self, entry: LedgerEntry) -> str:
        return written(entry.amount)


class EntryFilterSerializer(serializers.Serializer):
    annotator = serializers.CharField(max_length=20, required=False, help_text="A pseudonym.")
    project = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=LedgerEntry.Kind.choices, required=False)
    currency = serializers.CharField(max_length=10, required=False)


FILTERS = {"annotator": "annotator__pseudonym", "project": "project", "kind": "kind", "currency": "currency"}


class CorrectionSerializer(Body):
    annotator = serializers.CharField(max_length=20, help_text="A pseudonym.")
    amount = serializers.DecimalField(max_digits=18, decimal_places=6, help_text="Added; may be negative.")
    currency = serializers.CharField(max_length=10)
    reason = serializers.CharField(max_length=500)
    project = serializers.UUIDField(required=False, allow_null=True)


@extend_schema(tags=["money"])
class Ledger(generics.GenericAPIView[LedgerEntry]):
    """One's own entries; all of the workspace for admins."""

    rules = {"get": "ledger.own", "post": "ledger.correct"}
    queryset = LedgerEntry.objects.none()
    serializer_class = LedgerEntrySerializer
    ordering = ("-id",)

    @extend_schema(
        operation_id="ledger_list", parameters=[EntryFilterSerializer], responses=LedgerEntrySerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        query = EntryFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = {FILTERS[name]: value for name, value in query.validated_data.items()}
        found: QuerySet[LedgerEntry] = ledger.entries(access.scope_of(request)).filter(**wanted)
        return self.get_paginated_response(LedgerEntrySerializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(operation_id="ledger_correct", request=CorrectionSerializer, responses={201: LedgerEntrySerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entry = ledger.correct(scope=access.scope_of(request), **body.validated_data)
        return Response(LedgerEntrySerializer(entry).data, status=201)


class BalanceSerializer(serializers.Serializer):
    annotator = serializers.CharField(help_text="A pseudonym.")
    currency = serializers.CharField()
    balance = serializers.CharField()


class BalancesSerializer(serializers.Serializer):
    results = BalanceSerializer(many=True)


@extend_schema(tags=["money"])
class Balances(APIView):
    """What one has, by currency; what everybody has for admins."""

    rules = {"get": "ledger.own"}

    @extend_schema(operation_id="ledger_balances", responses=BalancesSerializer)
    def get(self, request: Request) -> Response:
        found = ledger.balances(access.scope_of(request))
        return Response({"results": [one._asdict() | {"balance": written(one.balance)} for one in found]})


class ConsentSerializer(serializers.Serializer):
    state = serializers.CharField(
        help_text="not_needed, missing, accepted, refused, withdrawn, or changed: accepted, but the text or what is at "
        "stake is another by now.",
    )
    text = serializers.CharField(help_text="Of the newest version; Markdown.")
    version = serializers.IntegerField(help_text="Of the guidelines.")
    said_version = serializers.IntegerField(allow_null=True)
    said_at = serializers.DateTimeField(allow_null=True)


class SayingSerializer(Body):
    said = serializers.ChoiceField(choices=Consent.Said.choices)
    version = serializers.IntegerField(help_text="The version that was read.")


@extend_schema(tags=["money"])
class ProjectConsent(APIView):
    """What the project asks people to agree to, and what you said."""

    rules = {"get": "task.label", "post": "task.label"}

    @extend_schema(operation_id="projects_consent", responses=ConsentSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        return Response(shown(projects.find(scope=scope, project=project), request))

    @extend_schema(operation_id="projects_consent_say", request=SayingSerializer, responses={201: ConsentSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = SayingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        consents.say(scope=scope, project=found, **body.validated_data)
        return Response(shown(found, request), status=201)


def shown(project: Project, request: Request) -> dict[str, Any]:
    standing = consents.of(access.scope_of(request), project)
    return {
        "state": standing.state,
        "text": standing.terms.consent,
        "version": standing.guidelines.version,
        "said_version": standing.last.guidelines.version if standing.last else None,
        "said_at": standing.last.said_at if standing.last else None,
    }
