"""What is done with a whole project: made once more, or asked of more people in part."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import cloning, projects, raising
from annotation.browsing.tasks import MARKS, PROGRESS, Wanted
from annotation.models import Task
from annotation.models.projects import Kind
from annotation.raising import MOST_DISPUTED, MOST_LABELS, Subset
from annotation.resources.projects import ProjectSerializer, shown
from api.bodies import Body
from api.idempotency import idempotent
from jobs import answers


class CloneSerializer(Body):
    name = serializers.CharField(max_length=200)
    tasks = serializers.BooleanField(
        default=False, help_text="Also the prompts, responses, tasks and known answers, by a job; never judgments."
    )


class ClonedSerializer(ProjectSerializer):
    job = answers.JobSerializer(read_only=True, allow_null=True, help_text="Copies the tasks, where they are wanted.")


@extend_schema(tags=["projects"])
class Clone(APIView):
    rules = {"post": "project.change"}

    @extend_schema(operation_id="projects_clone", request=CloneSerializer, responses={201: ClonedSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = CloneSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        made, job = cloning.clone(scope=scope, project=found, name=values["name"], with_tasks=values["tasks"])
        told = answers.JobSerializer(job).data if job else None
        return Response({**shown(made, scope), "job": told}, status=201)


class OverlapSerializer(Body):
    overlap = serializers.IntegerField(min_value=2, max_value=MOST_LABELS, help_text="Labels that they shall want.")
    share = serializers.FloatField(default=1.0, max_value=1, help_text="A random share of those that match.")
    disputed = serializers.IntegerField(
        default=0, min_value=0, max_value=MOST_DISPUTED,
        help_text="Only so many, those on which people differ most by the newest quality figures; 0: all that match.",
    )  # fmt: skip
    words = serializers.CharField(required=False, max_length=200, help_text="In the prompt or an answer.")
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    status = serializers.ChoiceField(choices=Task.Status.choices, required=False)
    progress = serializers.ChoiceField(choices=sorted(PROGRESS), required=False)
    mark = serializers.ChoiceField(choices=sorted(MARKS), required=False)


@extend_schema(tags=["projects"])
class Overlap(APIView):
    rules = {"post": "task.change"}

    @extend_schema(
        operation_id="projects_overlap", request=OverlapSerializer, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = OverlapSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(body.validated_data)
        overlap, share, disputed = (values.pop(name) for name in ("overlap", "share", "disputed"))
        subset = Subset(Wanted(**values), share, disputed)
        job = raising.begin(scope=scope, project=found, overlap=overlap, subset=subset)
        return answers.accepted(job.pk, job)
