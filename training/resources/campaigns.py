"""Campaigns over the API: begun, followed, taken a step further."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.deletion import deleting
from api.idempotency import idempotent
from training.ancestry import walking
from training.bodies.ancestry import AncestrySerializer, RoundChoiceSerializer
from training.models import Campaign
from training.rounds import bodies, bounds, campaigns, chain, rules


@extend_schema(tags=["campaigns"])
class Campaigns(viewsets.GenericViewSet[Campaign]):
    rules = {
        "list": "campaign.read",
        "retrieve": "campaign.read",
        "lineage": "campaign.read",
        "create": "campaign.change",
        "steps": "campaign.change",
        "rules_of": "campaign.change",
        "bounds_of": "campaign.change",
        "destroy": "campaign.change",
        "restore": "campaign.change",
    }
    queryset = Campaign.objects.none()
    serializer_class = bodies.CampaignSerializer
    lookup_value_converter = "uuid"
    ordering = "-created_at"

    def get_queryset(self) -> QuerySet[Campaign]:
        return campaigns.of_workspace(access.scope_of(self.request))

    @extend_schema(responses=bodies.CampaignBriefSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(bodies.CampaignBriefSerializer(page, many=True).data)

    @extend_schema(request=bodies.CampaignWishSerializer, responses={201: bodies.CampaignSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin a campaign: its prompts are frozen now, its two projects are made, its first round begins."""
        body = bodies.CampaignWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = campaigns.create(scope=access.scope_of(request), wish=campaigns.Wish(**body.validated_data))
        return Response(bodies.CampaignSerializer(made).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        data: dict[str, Any] = dict(bodies.CampaignSerializer(self.found(pk)).data)
        return Response(data)

    @extend_schema(request=bodies.StepWishSerializer, responses={200: bodies.StepSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def steps(self, request: Request, pk: UUID) -> Response:
        """Begin a step of the present round, or try again what failed; one that is there is answered as it is."""
        campaign = self.found(pk)
        body = bodies.StepWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        name, number = asked.pop("step"), asked.pop("round", None)
        scope = access.scope_of(request)
        step = chain.begin(scope=scope, campaign=campaign, name=name, number=number, said=asked)
        return Response(bodies.StepSerializer(step).data)

    @extend_schema(request=bodies.RulesSerializer, responses={200: bodies.CampaignSerializer})
    @action(detail=True, methods=["put"], url_path="rules", pagination_class=None)
    def rules_of(self, request: Request, pk: UUID) -> Response:
        """Which steps begin by themselves, and when, from now on; what had stopped that goes on."""
        campaign = self.found(pk)
        body = bodies.RulesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rules.change(scope=access.scope_of(request), campaign=campaign, wished=body.validated_data["rules"])
        return Response(bodies.CampaignSerializer(campaign).data)

    @extend_schema(request=bodies.BoundsWishSerializer, responses={200: bodies.CampaignSerializer})
    @action(detail=True, methods=["put"], url_path="bounds", pagination_class=None)
    def bounds_of(self, request: Request, pk: UUID) -> Response:
        """What the runs that begin from now on are held to, beside their KL."""
        campaign = self.found(pk)
        body = bodies.BoundsWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        bounds.change(scope=access.scope_of(request), campaign=campaign, wished=body.validated_data["bounds"])
        return Response(bodies.CampaignSerializer(campaign).data)

    @extend_schema(parameters=[RoundChoiceSerializer], responses=AncestrySerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def lineage(self, request: Request, pk: UUID) -> Response:
        """Everything that the policy of a round comes from, down to the judgments, with what makes it again."""
        query = RoundChoiceSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(walking.of_campaign(self.found(pk), query.validated_data.get("round")).as_dict())

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Out of sight; what its steps made stays."""
        deleting.delete(scope=access.scope_of(request), kind="campaign", pk=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: bodies.CampaignSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Undo a deletion, while it can be undone."""
        deleting.restore(scope=access.scope_of(request), kind="campaign", pk=pk)
        return self.retrieve(request, pk)

    def found(self, pk: UUID) -> Campaign:
        return campaigns.find(scope=access.scope_of(self.request), campaign=pk)
