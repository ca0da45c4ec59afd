"""Proxy points over the API: found by a job from the looks of runs, and read."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from api.bodies import Body
from api.idempotency import idempotent
from jobs import answers
from jobs.models import Job
from training.thresholds import asking


class ProxyPointSerializer(Body):
    """Which runs, and the measure of theirs that says what is truly wanted."""

    runs = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=asking.MOST_RUNS)
    wanted = serializers.CharField(
        max_length=60, help_text="model:<id> or builtin:textworld: a check that every run was looked at with."
    )


@extend_schema(tags=["runs"])
class ProxyPoints(generics.GenericAPIView[Job]):
    rules = {"get": "run.read", "post": "run.change"}
    queryset = Job.objects.none()
    serializer_class = answers.JobSerializer

    @extend_schema(operation_id="proxy_points_list", responses=answers.JobSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(asking.of_workspace(access.scope_of(request)))
        return self.get_paginated_response(answers.JobSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="proxy_points_create", request=ProxyPointSerializer, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Lay a surface through the looks of these runs.

        The job's result has a threshold with its 90 % interval by component, and the value that is wanted there.
        """
        body = ProxyPointSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        job = asking.start(scope=access.scope_of(request), chosen=asked["runs"], wanted=asked["wanted"])
        return answers.accepted(job.pk, job)


@extend_schema(tags=["runs"])
class ProxyPoint(APIView):
    rules = {"get": "run.read"}

    @extend_schema(operation_id="proxy_points_retrieve", responses=answers.JobSerializer)
    def get(self, request: Request, job: UUID) -> Response:
        return Response(answers.JobSerializer(asking.find(scope=access.scope_of(request), job=job)).data)
