"""Jobs over the API: list, follow, cancel, retry, measurements."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from jobs import answers, launch
from jobs.models import Job


class FilterSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=Job.State.choices, required=False)
    kind = serializers.CharField(max_length=60, required=False, help_text="For example annotation.import.")
    subject = serializers.UUIDField(required=False, help_text="The id of what the job is about.")


@extend_schema(tags=["jobs"])
class Jobs(viewsets.GenericViewSet[Job]):
    rules = {
        "list": "job.read",
        "retrieve": "job.read",
        "measurements": "job.read",
        "cancel": "job.change",
        "retry": "job.change",
    }
    queryset = Job.objects.none()
    serializer_class = answers.JobSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.filter(workspace=access.scope_of(self.request).workspace)

    @extend_schema(parameters=[FilterSerializer], responses=answers.JobBriefSerializer(many=True))
    def list(self, request: Request) -> Response:
        query = FilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        if "subject" in wanted:
            wanted["subject_id"] = wanted.pop("subject")
        page = self.paginate_queryset(self.get_queryset().filter(**wanted))
        return self.get_paginated_response(answers.JobBriefSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.shown(self.get_object())

    @extend_schema(
        request=None, responses={200: answers.JobSerializer, 409: OpenApiResponse(description="Already over.")}
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self.shown(launch.cancel(self.get_object(), access.scope_of(request)))

    @extend_schema(
        request=None,
        responses={200: answers.JobSerializer, 409: OpenApiResponse(description="Not over, or succeeded.")},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        return self.shown(launch.retry(self.get_object(), access.scope_of(request)))

    @extend_schema(parameters=[answers.SinceSerializer], responses=answers.MeasurementsSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def measurements(self, request: Request, pk: str) -> Response:
        return answers.measurements(self.get_object(), request)

    def shown(self, job: Job) -> Response:
        return Response(self.get_serializer(job).data)
