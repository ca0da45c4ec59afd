"""Reward models over the API: begun, followed, given a standing, asked for scores, taken away."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.deletion import deleting
from api.idempotency import idempotent
from api.refusals import Invalid
from jobs import answers
from rewardmodels import bodies, comparisons, exporting, lineage, registry, scoring
from rewardmodels.curves import asking
from rewardmodels.models import RewardModel
from rewardmodels.tracking import asking as looks

NOT_TRAINED = OpenApiResponse(description="Not trained yet.")


@extend_schema(tags=["reward models"])
class RewardModels(viewsets.GenericViewSet[RewardModel]):
    rules = {
        "list": "model.read",
        "retrieve": "model.read",
        "export": "model.read",
        "judgments": "model.read",
        "learning_curve": "model.change",
        "create": "model.change",
        "destroy": "model.change",
        "restore": "model.change",
        "standing": "model.change",
        "score": "model.score",
        "compare": "model.read",
        "track": "model.change",
    }
    queryset = RewardModel.objects.none()
    serializer_class = bodies.RewardModelSerializer
    lookup_value_converter = "uuid"
    ordering: str | tuple[str, ...] = "-created_at"

    def get_queryset(self) -> QuerySet[RewardModel]:
        return registry.of_workspace(access.scope_of(self.request))

    @extend_schema(parameters=[bodies.FilterSerializer], responses=bodies.RewardModelBriefSerializer(many=True))
    def list(self, request: Request) -> Response:
        query = bodies.FilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        back = {name: wanted.pop(name) for name in ("judgment", "task", "annotator") if name in wanted}
        if "state" in wanted:
            wanted["job__state"] = wanted.pop("state")
        found = lineage.learned(access.scope_of(request), **back) if back else self.get_queryset()
        page = self.paginate_queryset(found.filter(**wanted))
        return self.get_paginated_response(bodies.RewardModelBriefSerializer(page, many=True).data)

    @extend_schema(request=bodies.WishSerializer, responses={202: answers.AcceptedSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        body = bodies.WishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        model = registry.begin(scope=access.scope_of(request), wish=registry.Wish(**body.validated_data))
        assert model.job is not None
        return answers.accepted(model.pk, model.job)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.shown(self.found(pk))

    @extend_schema(responses={204: None, 409: OpenApiResponse(description="Approved: retire it first.")})
    def destroy(self, request: Request, pk: UUID) -> Response:
        deleting.delete(scope=access.scope_of(request), kind="reward_model", pk=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: bodies.RewardModelSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Undo a deletion, while it can be undone."""
        deleting.restore(scope=access.scope_of(request), kind="reward_model", pk=pk)
        return self.retrieve(request, pk)

    @extend_schema(request=bodies.StandingSerializer, responses={200: bodies.RewardModelSerializer, 409: NOT_TRAINED})
    @action(detail=True, methods=["post"])
    def standing(self, request: Request, pk: UUID) -> Response:
        model = self.found(pk)
        body = bodies.StandingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        registry.change_standing(scope=access.scope_of(request), model=model, **body.validated_data)
        return self.shown(self.found(pk))

    @extend_schema(request=bodies.CompareSerializer, responses={202: answers.AcceptedSerializer, 409: NOT_TRAINED})
    @action(detail=True, methods=["post"])
    @idempotent
    def compare(self, request: Request, pk: UUID) -> Response:
        """Side by side with another model, on what both were asked and neither learned from; the job's result."""
        model = self.found(pk)
        body = bodies.CompareSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        scope = access.scope_of(request)
        other = registry.of_workspace(scope).filter(pk=body.validated_data["other"]).first()
        if other is None:
            raise Invalid(_("There is no such reward model in this workspace."), field="other")
        job = comparisons.start(scope=scope, one=model, other=other)
        return answers.accepted(job.pk, job)

    @extend_schema(
        request=bodies.ItemsSerializer,
        responses={
            200: bodies.ScoresSerializer,
            409: NOT_TRAINED,
            503: OpenApiResponse(description="The model is being loaded; Retry-After says when to ask again."),
        },
    )
    @action(detail=True, methods=["post"])
    def score(self, request: Request, pk: UUID) -> Response:
        model = self.found(pk)
        body = bodies.ItemsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        scores = scoring.score(model=model, items=body.validated_data["items"])
        return Response({"unit": model.unit, "scores": [bodies.shown_score(score) for score in scores]})

    @extend_schema(responses={(200, "application/x-tar"): OpenApiTypes.BINARY, 409: NOT_TRAINED})
    @action(detail=True, methods=["get"], pagination_class=None)
    def export(self, request: Request, pk: UUID) -> HttpResponseBase:
        return exporting.response(self.found(pk))

    @extend_schema(parameters=[bodies.StateSerializer], responses=bodies.LearnedJudgmentSerializer(many=True))
    @action(detail=True, methods=["get"])
    def judgments(self, request: Request, pk: UUID) -> Response:
        """Every judgment that it learned from, in the version that it learned."""
        query = bodies.StateSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = lineage.rows(self.found(pk).snapshot).filter(**query.validated_data)
        self.ordering = "pk"  # these rows have no time of their own
        rows = self.paginate_queryset(found)  # type: ignore[arg-type]
        return self.get_paginated_response(bodies.LearnedJudgmentSerializer(rows, many=True).data)

    @extend_schema(request=None, responses={202: answers.AcceptedSerializer, 409: NOT_TRAINED})
    @action(detail=True, methods=["post"], url_path="learning-curve")
    @idempotent
    def learning_curve(self, request: Request, pk: UUID) -> Response:
        """Learn from parts of what it learned from; the curve then stands in `details.learning_curve`."""
        model = self.found(pk)
        return answers.accepted(model.pk, asking.begin(scope=access.scope_of(request), model=model))

    @extend_schema(request=bodies.TrackSerializer, responses={202: answers.AcceptedSerializer, 409: NOT_TRAINED})
    @action(detail=True, methods=["post"])
    @idempotent
    def track(self, request: Request, pk: UUID) -> Response:
        """Hold it against what people said in a project since; the look then stands in `tracking`."""
        model = self.found(pk)
        body = bodies.TrackSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = looks.start(scope=access.scope_of(request), model=model, project=body.validated_data["project"])
        return answers.accepted(job.pk, job)

    def found(self, pk: UUID) -> RewardModel:
        return registry.find(scope=access.scope_of(self.request), reward_model=pk)

    def shown(self, model: RewardModel) -> Response:
        data: dict[str, Any] = dict(bodies.RewardModelSerializer(model).data)
        return Response(data)
