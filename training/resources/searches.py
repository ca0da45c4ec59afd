"""Searches of thresholds over the API: asked for, followed proposal by proposal, read."""

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
from training.bodies import searches as bodies
from training.checks import polls
from training.searches import asking


@extend_schema(tags=["runs"])
class ThresholdSearches(generics.GenericAPIView[Job]):
    rules = {"get": "run.read", "post": "run.change"}
    queryset = Job.objects.none()
    serializer_class = answers.JobSerializer

    @extend_schema(operation_id="threshold_searches_list", responses=answers.JobSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(asking.of_workspace(access.scope_of(request)))
        return self.get_paginated_response(answers.JobSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="threshold_searches_create",
        request=bodies.SearchWishSerializer,
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Lead a policy from proposal to proposal of thresholds, and find where what is wanted is highest.

        The job's result has a threshold by component, and what it was worth when it was run again from the reference.
        """
        body = bodies.SearchWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = asking.start(scope=access.scope_of(request), wish=asking.Wish(**body.validated_data))
        return answers.accepted(job.pk, job)


@extend_schema(tags=["runs"])
class ThresholdSearch(APIView):
    rules = {"get": "run.read"}

    @extend_schema(operation_id="threshold_searches_retrieve", responses=bodies.SearchSerializer)
    def get(self, request: Request, job: UUID) -> Response:
        return Response(bodies.SearchSerializer(asking.find(scope=access.scope_of(request), job=job)).data)


@extend_schema(tags=["runs"])
class GoOn(APIView):
    rules = {"post": "run.change"}

    @extend_schema(operation_id="threshold_searches_go_on", request=None, responses=bodies.SearchSerializer)
    def post(self, request: Request, job: UUID) -> Response:
        """Wait no longer for people: the search goes on with the verdicts that are there."""
        scope = access.scope_of(request)
        polls.go_on_without(scope=scope, asks=asking.find(scope=scope, job=job))
        return Response(bodies.SearchSerializer(asking.find(scope=scope, job=job)).data)
