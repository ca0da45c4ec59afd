"""The order of a project's tasks over the API: asked for, followed, and what each task was given."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import projects
from annotation.models import Project, SortedTask, Sorting, SortingPlan
from annotation.queue import sorting as sortings
from api.bodies import Body
from api.idempotency import idempotent
from jobs import answers
from rewardmodels.choosing import asking, replays
from rewardmodels.choosing.asking import LEAST_SHARE, MOST_SHARE, RULES

SHOWN = 20  # orders that were given


class PlanSerializer(serializers.ModelSerializer[SortingPlan]):
    reward_model = serializers.UUIDField(source="source", read_only=True)

    class Meta:
        model = SortingPlan
        fields = ["reward_model", "rule", "random_share", "is_automatic", "changed_at"]
        read_only_fields = fields


class SourceSerializer(serializers.Serializer):
    reward_model = serializers.UUIDField()
    name = serializers.CharField()
    sha256 = serializers.CharField()


class CountsSerializer(serializers.Serializer):
    tasks = serializers.IntegerField()
    random = serializers.IntegerField(help_text="Left to chance.")
    chosen = serializers.IntegerField()
    worth = serializers.IntegerField(help_text="Those whose worth the rule could tell.")
    moved = serializers.IntegerField(help_text="Those whose priority is another one now.")


class SortingSerializer(serializers.ModelSerializer[Sorting]):
    source = SourceSerializer(read_only=True)  # type: ignore[assignment]
    counts = CountsSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Sorting
        fields = ["id", "rule", "source", "random_share", "seed", "job", "begun_at", "ended_at", "counts"]
        read_only_fields = fields

    def to_representation(self, instance: Sorting) -> dict[str, Any]:
        return {**super().to_representation(instance), "counts": instance.counts or None}


class OrderSerializer(serializers.Serializer):
    plan = PlanSerializer(allow_null=True)
    orders = SortingSerializer(many=True, help_text=f"The last {SHOWN} that were given, the newest first.")


class OrderWishSerializer(Body):
    reward_model = serializers.UUIDField(
        help_text="Approved, and one that knows how sure it is: an ensemble, or a linear head on a frozen backbone."
    )
    rule = serializers.ChoiceField(choices=list(RULES), default="information", help_text="What is asked about first.")
    random_share = serializers.FloatField(
        default=0.2, min_value=LEAST_SHARE, max_value=MOST_SHARE,
        help_text="Of the tasks, asked at random whatever the model: only they judge models and rules.",
    )  # fmt: skip
    is_automatic = serializers.BooleanField(default=False, help_text="Again by each newly approved model of its own.")


class AutomaticSerializer(Body):
    is_automatic = serializers.BooleanField()


@extend_schema(tags=["projects"])
class Order(APIView):
    rules = {"get": "model.read", "post": "model.change", "patch": "model.change"}

    @extend_schema(operation_id="projects_order", responses=OrderSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        """How the tasks are put in order, and when they were."""
        return self.shown(found(request, project))

    @extend_schema(
        operation_id="projects_order_begin", request=OrderWishSerializer, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        """Put the open tasks in order; the project deals by priority from then on."""
        own = found(request, project)
        body = OrderWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = asking.begin(scope=access.scope_of(request), project=own, wish=asking.Wish(**body.validated_data))
        return answers.accepted(project, job)

    @extend_schema(operation_id="projects_order_change", request=AutomaticSerializer, responses=OrderSerializer)
    def patch(self, request: Request, project: UUID) -> Response:
        """Whether a newly approved model puts them in order by itself."""
        own = found(request, project)
        body = AutomaticSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asking.set_automatic(scope=access.scope_of(request), project=own, **body.validated_data)
        return self.shown(own)

    def shown(self, project: Project) -> Response:
        told = {"plan": asking.plan_of(project), "orders": sortings.newest(project)[:SHOWN]}
        return Response(OrderSerializer(told).data)


class SortedTaskSerializer(serializers.ModelSerializer[SortedTask]):
    worth = serializers.FloatField(read_only=True, allow_null=True, help_text="By the rule; null where chance decided.")
    before = serializers.FloatField(read_only=True, help_text="The priority that it had.")

    class Meta:
        model = SortedTask
        fields = ["task", "worth", "before", "priority", "sampling"]
        read_only_fields = fields


@extend_schema(tags=["projects"])
class OrderTasks(generics.GenericAPIView[SortedTask]):
    rules = {"get": "model.read"}
    queryset = SortedTask.objects.none()
    serializer_class = SortedTaskSerializer
    ordering: tuple[str, ...] = ("-priority", "pk")

    @extend_schema(operation_id="projects_order_tasks_list", responses=SortedTaskSerializer(many=True))
    def get(self, request: Request, project: UUID, order: UUID) -> Response:
        """What every task was given by one order, the first to be asked first."""
        one = get_object_or_404(sortings.newest(found(request, project)), pk=order)
        rows = SortedTask.objects.filter(sorting=one)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


class ReplaySerializer(Body):
    snapshot = serializers.UUIDField(help_text="Frozen, of this project.")


@extend_schema(tags=["projects"])
class Replays(APIView):
    rules = {"post": "model.change"}

    @extend_schema(
        operation_id="projects_order_replay", request=ReplaySerializer, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        """What each rule would have saved on the snapshot's judgments; the job's result."""
        own = found(request, project)
        body = ReplaySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = replays.begin(scope=access.scope_of(request), project=own, **body.validated_data)
        return answers.accepted(job.pk, job)


def found(request: Request, project: UUID) -> Project:
    return projects.find(scope=access.scope_of(request), project=project)
