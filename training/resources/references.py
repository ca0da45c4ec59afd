"""Looks at a reference over the API: asked for, and read."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from api.idempotency import idempotent
from jobs import answers
from jobs.models import Job
from training.bodies import references as bodies
from training.references import asking


@extend_schema(tags=["runs"])
class References(generics.GenericAPIView[Job]):
    rules = {"get": "run.read", "post": "run.change"}
    queryset = Job.objects.none()
    serializer_class = answers.JobSerializer

    @extend_schema(operation_id="references_list", responses=answers.JobSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(asking.of_workspace(access.scope_of(request)))
        return self.get_paginated_response(answers.JobSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="references_create",
        request=bodies.ReferenceSerializer,
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Sample the policy and score what it says; the job's result holds each reward, lowest first."""
        body = bodies.ReferenceSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = asking.start(scope=access.scope_of(request), wish=asking.Wish(**body.validated_data))
        return answers.accepted(job.pk, job)


@extend_schema(tags=["runs"])
class Reference(APIView):
    rules = {"get": "run.read"}

    @extend_schema(operation_id="references_retrieve", responses=answers.JobSerializer)
    def get(self, request: Request, job: UUID) -> Response:
        return Response(answers.JobSerializer(asking.find(scope=access.scope_of(request), job=job)).data)
