"""Tasks: listed with what they are about, changed one at a time; known answers; prompts that are taken down."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.scope import Scope
from annotation import gold, projects, takedowns
from annotation.browsing import tasks
from annotation.gold import Item
from annotation.models import Assignment, Gold, Takedown, Task, TaskResponse
from annotation.models.projects import Kind
from annotation.queue import ordering
from annotation.resources.work import MessageSerializer
from api.bodies import Body
from api.idempotency import idempotent

MOST_GOLD = 1_000


class TaskResponseSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="response.id")
    text = serializers.CharField(source="response.text")
    source = serializers.CharField(source="response.source")  # type: ignore[assignment]


class TaskSerializer(serializers.ModelSerializer[Task]):
    prompt_id = serializers.UUIDField(read_only=True)
    external_id = serializers.CharField(source="prompt.external_id", read_only=True, help_text="`id` of the record.")
    prompt = MessageSerializer(source="prompt.messages", many=True, read_only=True)
    metadata = serializers.DictField(source="prompt.metadata", read_only=True)
    responses = TaskResponseSerializer(source="places", many=True, read_only=True)
    labels = serializers.IntegerField(read_only=True, help_text="Judgments that count toward the overlap.")
    gold = serializers.BooleanField(source="is_gold", read_only=True, help_text="Whether the answer is known.")
    agreement = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Of its votes, 0 to 1, by the newest quality figures; null without."
    )

    class Meta:
        model = Task
        fields = ["id", "kind", "status", "priority", "overlap", "open_places", "labels", "gold", "agreement"]
        fields += ["sampling", "external_id", "prompt_id", "prompt", "metadata", "responses", "created_at"]


class TaskChangeSerializer(Body):
    priority = serializers.FloatField(required=False, min_value=-1e300, max_value=1e300)
    overlap = serializers.IntegerField(required=False, min_value=1, max_value=1_000)
    status = serializers.ChoiceField(choices=Task.Status.choices, required=False)


class TaskFilterSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    status = serializers.ChoiceField(choices=Task.Status.choices, required=False)
    task = serializers.UUIDField(required=False)
    gold = serializers.BooleanField(required=False, allow_null=True, default=None)
    since = serializers.DateTimeField(required=False, help_text="Imported since.")
    until = serializers.DateTimeField(required=False)
    annotator = serializers.CharField(max_length=20, required=False, help_text="Judged by this pseudonym.")
    purpose = serializers.ChoiceField(choices=Assignment.Purpose.choices, required=False, help_text="Judged for it.")
    order = serializers.ChoiceField(
        choices=["position", "disputed"],
        default="position",
        help_text="As brought in, or the most disputed first by the newest quality figures: those whose votes compare.",
    )


COLUMNS = {"kind": "kind", "status": "status", "task": "pk", "since": "created_at__gte", "until": "created_at__lt"}
JUDGED = {"annotator": "annotator__pseudonym", "purpose": "purpose"}  # both together: of one assignment


def of_workspace(scope: Scope) -> QuerySet[Task]:
    """With the prompt, the responses in their order, the labels that are there and whether the answer is known."""
    held = Count("assignments", filter=Q(assignments__holds_place=True, assignments__state="submitted"))
    found = Task.objects.filter(project__workspace=scope.workspace, project__deleted_at=None).select_related("prompt")
    known = Exists(Gold.objects.filter(task=OuterRef("pk")))
    places = Prefetch("places", TaskResponse.objects.select_related("response").order_by("position"))
    return found.prefetch_related(places).annotate(labels=held, is_gold=known, agreement=F("figure__agreement"))


@extend_schema(tags=["tasks"])
class ProjectTasks(generics.GenericAPIView[Task]):
    rules = {"get": "judgment.read"}
    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    ordering: tuple[str, ...] = ("position",)

    @extend_schema(
        operation_id="projects_tasks_list", parameters=[TaskFilterSerializer], responses=TaskSerializer(many=True)
    )
    def get(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        query = TaskFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        own = projects.find(scope=scope, project=project)
        found = of_workspace(scope).filter(project=own)
        if wanted.pop("order") == "disputed":
            found, self.ordering = tasks.compared(found, own), tuple(tasks.ORDERS["disputed"])
        if (is_gold := wanted.pop("gold")) is not None:
            found = found.filter(gold__isnull=not is_gold)
        if by := {column: wanted.pop(name) for name, column in JUDGED.items() if name in wanted}:
            stands = {"judgment__isnull": False, "judgment__withdrawn_at": None}
            found = found.filter(Exists(Assignment.objects.filter(task=OuterRef("pk"), **stands, **by)))
        found = found.filter(**{COLUMNS[name]: value for name, value in wanted.items()})
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)


@extend_schema(tags=["tasks"])
class OneTask(APIView):
    rules = {"get": "judgment.read", "patch": "task.change"}

    @extend_schema(operation_id="tasks_retrieve", responses=TaskSerializer)
    def get(self, request: Request, task: UUID) -> Response:
        return Response(TaskSerializer(get_object_or_404(of_workspace(access.scope_of(request)), pk=task)).data)

    @extend_schema(operation_id="tasks_change", request=TaskChangeSerializer, responses=TaskSerializer)
    def patch(self, request: Request, task: UUID) -> Response:
        found = get_object_or_404(of_workspace(access.scope_of(request)).select_related("project"), pk=task)
        body = TaskChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = dict.fromkeys(TaskChangeSerializer().fields) | body.validated_data
        ordering.change_task(found, scope=access.scope_of(request), change=ordering.Change(**values))
        return self.get(request, task)


class GoldItemSerializer(Body):
    task = serializers.UUIDField()
    answer = serializers.DictField()
    tolerance = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1e12)
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    in_test = serializers.BooleanField(default=False, help_text="Asked in the project's test, not mixed into the work.")


class GoldSerializer(Body):
    items = GoldItemSerializer(many=True, allow_empty=False, max_length=MOST_GOLD)  # type: ignore[call-arg]


class GoldSetSerializer(serializers.Serializer):
    gold = serializers.IntegerField(help_text="How many tasks of the project have a known answer now.")


@extend_schema(tags=["tasks"])
class ProjectGold(APIView):
    rules = {"post": "task.change"}

    @extend_schema(operation_id="projects_gold", request=GoldSerializer, responses={201: GoldSetSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = GoldSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        gold.put(scope=scope, project=found, items=[Item(**item) for item in body.validated_data["items"]])
        return Response({"gold": found.gold.count()}, status=201)


@extend_schema(tags=["tasks"])
class TaskGold(APIView):
    rules = {"delete": "task.change"}

    @extend_schema(operation_id="tasks_gold_remove", responses={204: None})
    def delete(self, request: Request, task: UUID) -> Response:
        scope = access.scope_of(request)
        gold.remove(scope=scope, task=get_object_or_404(of_workspace(scope), pk=task))
        return Response(status=204)


class TakedownSerializer(serializers.ModelSerializer[Takedown]):
    prompt = serializers.UUIDField(source="prompt_id", help_text="`prompt_id` of a task.")

    class Meta:
        model = Takedown
        fields = ["id", "prompt", "reason", "created_at"]
        read_only_fields = ["id", "created_at"]


@extend_schema(tags=["tasks"])
class Takedowns(generics.GenericAPIView[Takedown]):
    rules = {"get": "judgment.read", "post": "takedown.make"}
    queryset = Takedown.objects.none()
    serializer_class = TakedownSerializer

    @extend_schema(operation_id="projects_takedowns_list", responses=TakedownSerializer(many=True))
    def get(self, request: Request, project: UUID) -> Response:
        found = Takedown.objects.filter(prompt__project=projects.find(scope=access.scope_of(request), project=project))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(
        operation_id="projects_takedowns_create", responses={201: TakedownSerializer, 200: TakedownSerializer}
    )
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        takedown, is_new = takedowns.make(
            scope=scope, project=found, prompt=values["prompt_id"], reason=values["reason"]
        )
        return Response(self.get_serializer(takedown).data, status=201 if is_new else 200)
