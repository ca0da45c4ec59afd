"""Runs over the API: begun, followed, read, taken away."""

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
from api.refusals import Conflict
from jobs import answers
from training import exporting, runs
from training.ancestry import walking
from training.bodies import runs as bodies
from training.bodies.ancestry import AncestrySerializer
from training.bodies.wishes import RunWishSerializer
from training.checks import polls
from training.models import Run

NOTHING_KEPT = OpenApiResponse(description="It has kept no checkpoint yet.")
NO_ANSWERS = OpenApiResponse(description="It is not best-of-n, or is not over.")


@extend_schema(tags=["runs"])
class Runs(viewsets.GenericViewSet[Run]):
    rules = {
        "list": "run.read",
        "retrieve": "run.read",
        "measurements": "run.read",
        "samples": "run.read",
        "checkpoints": "run.read",
        "export": "run.read",
        "every_answer": "run.read",
        "lineage": "run.read",
        "create": "run.change",
        "go_on": "run.change",
        "destroy": "run.change",
        "restore": "run.change",
    }
    queryset = Run.objects.none()
    serializer_class = bodies.RunSerializer
    lookup_value_converter = "uuid"
    ordering: str | tuple[str, ...] = "-created_at"

    def get_queryset(self) -> QuerySet[Run]:
        return runs.of_workspace(access.scope_of(self.request))

    @extend_schema(parameters=[bodies.FilterSerializer], responses=bodies.RunBriefSerializer(many=True))
    def list(self, request: Request) -> Response:
        query = bodies.FilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        paths = {"state": "job__state", "reward_model": "components__reward_model"}
        wanted = {paths.get(name, name): value for name, value in query.validated_data.items()}
        page = self.paginate_queryset(self.get_queryset().filter(**wanted))
        return self.get_paginated_response(bodies.RunBriefSerializer(page, many=True).data)

    @extend_schema(request=RunWishSerializer, responses={202: answers.AcceptedSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin a run: its prompts are frozen now, its steps are taken by a job."""
        body = RunWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = runs.begin(scope=access.scope_of(request), wish=runs.Wish(**body.validated_data))
        assert run.job is not None
        return answers.accepted(run.pk, run.job)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        data: dict[str, Any] = dict(bodies.RunSerializer(self.found(pk)).data)
        return Response(data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """It stops and goes out of sight; `restore` brings it back within 30 days."""
        deleting.delete(scope=access.scope_of(request), kind="run", pk=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: bodies.RunSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Undo a deletion, while it can be undone."""
        deleting.restore(scope=access.scope_of(request), kind="run", pk=pk)
        return self.retrieve(request, pk)

    @extend_schema(parameters=[answers.SinceSerializer], responses=answers.MeasurementsSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def measurements(self, request: Request, pk: UUID) -> Response:
        run = self.found(pk)
        if run.job is None:
            raise Conflict(_("The job of this run is gone, and its measurements with it."))
        return answers.measurements(run.job, request)

    @extend_schema(parameters=[bodies.StepSerializer], responses=bodies.SampleSerializer(many=True))
    @action(detail=True, methods=["get"])
    def samples(self, request: Request, pk: UUID) -> Response:
        """What the policy said at steps, beside the reference's answer to the same prompt."""
        query = bodies.StepSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        self.ordering = ("step", "place")
        found: Any = self.found(pk).samples.filter(**query.validated_data)
        rows: Any = self.paginate_queryset(found)
        return self.get_paginated_response(bodies.SampleSerializer(rows, many=True).data)

    @extend_schema(responses=bodies.KeptSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def checkpoints(self, request: Request, pk: UUID) -> Response:
        """Those that the run keeps by its rule: the last, the best, every n-th."""
        return Response({"results": bodies.CheckpointSerializer(self.found(pk).checkpoints.all(), many=True).data})

    @extend_schema(
        parameters=[bodies.ChosenSerializer],
        responses={(200, "application/x-tar"): OpenApiTypes.BINARY, 409: NOTHING_KEPT},
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def export(self, request: Request, pk: UUID) -> HttpResponseBase:
        """A tar of a checkpoint's folder, as transformers or peft reads it, with its model card."""
        query = bodies.ChosenSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        step = query.validated_data.get("checkpoint")
        return exporting.response(self.found(pk), None if step is None else str(step))

    @extend_schema(responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY, 409: NO_ANSWERS})
    @action(detail=True, methods=["get"], url_path="answers", pagination_class=None)
    def every_answer(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Every answer that best-of-n chose among, with its rewards: JSON lines, a prompt a line."""
        return exporting.answers(self.found(pk))

    @extend_schema(parameters=[bodies.ChosenSerializer], responses=AncestrySerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def lineage(self, request: Request, pk: UUID) -> Response:
        """Everything that a policy of the run comes from, down to the judgments, with what makes it again."""
        query = bodies.ChosenSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        step = query.validated_data.get("checkpoint")
        return Response(walking.of_run(self.found(pk), None if step is None else str(step)).as_dict())

    @extend_schema(request=None, responses=bodies.RunSerializer)
    @action(detail=True, methods=["post"], url_path="go-on", pagination_class=None)
    def go_on(self, request: Request, pk: UUID) -> Response:
        """Wait no longer for people: the run goes on with the verdicts that are there."""
        run = self.found(pk)
        polls.go_on_without(scope=access.scope_of(request), asks=run)
        data: dict[str, Any] = dict(bodies.RunSerializer(self.found(pk)).data)
        return Response(data)

    def found(self, pk: UUID) -> Run:
        return runs.find(scope=access.scope_of(self.request), run=pk)
