"""What a run will take, over the API: asked with the body of a run, measured by a job, and read."""

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
from training import runs
from training.bodies.estimates import EstimateWishSerializer
from training.estimates import asking


@extend_schema(tags=["runs"])
class Estimates(generics.GenericAPIView[Job]):
    rules = {"get": "run.read", "post": "run.change"}
    queryset = Job.objects.none()
    serializer_class = answers.JobSerializer

    @extend_schema(operation_id="estimates_list", responses=answers.JobSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(asking.of_workspace(access.scope_of(request)))
        return self.get_paginated_response(answers.JobSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="estimates_create", request=EstimateWishSerializer, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Measure the policy here and tell what the run would take; none is begun.

        The job's result holds seconds and bytes of the whole run, its steps, the seconds of a step by phase, and the
        speeds that were measured.
        """
        body = EstimateWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = asking.start(scope=access.scope_of(request), wish=runs.Wish(**body.validated_data))
        return answers.accepted(job.pk, job)


@extend_schema(tags=["runs"])
class Estimate(APIView):
    rules = {"get": "run.read"}

    @extend_schema(operation_id="estimates_retrieve", responses=answers.JobSerializer)
    def get(self, request: Request, job: UUID) -> Response:
        return Response(answers.JobSerializer(asking.find(scope=access.scope_of(request), job=job)).data)
