"""Many scores by one job: asked for, listed, and their file fetched."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation.snapshots.formats import FORMATS
from api.bodies import Body
from api.idempotency import idempotent
from api.parsers import BoundedJSONParser, BoundedMultiPartParser
from api.refusals import Invalid
from jobs import answers
from jobs.models import Job
from rewardmodels import registry
from rewardmodels.batches import asking, results
from rewardmodels.batches.asking import MOST_RECORDS

SOURCES = ("file", "records", "snapshot", "project")


class BatchSerializer(Body):
    """One of file, records, snapshot and project."""

    file = serializers.FileField(required=False, help_text="*.jsonl, *.jsonl.gz, *.csv or *.parquet, as multipart.")
    records = serializers.ListField(
        child=serializers.DictField(), required=False, min_length=1, max_length=MOST_RECORDS
    )
    snapshot = serializers.UUIDField(required=False, help_text="Every answer in it, once.")
    split = serializers.CharField(default="", allow_blank=True, max_length=100, help_text="Of the snapshot; else all.")
    project = serializers.UUIDField(required=False, help_text="Every answer of its prompts.")
    format = serializers.ChoiceField(choices=list(FORMATS), default="jsonl", help_text="Of the result.")


@extend_schema(tags=["reward models"])
class Batches(generics.GenericAPIView[Job]):
    rules = {"get": "model.score", "post": "model.score"}
    queryset = Job.objects.none()
    serializer_class = answers.JobSerializer
    parser_classes = [BoundedJSONParser, BoundedMultiPartParser]

    @extend_schema(operation_id="reward_models_batches_list", responses=answers.JobSerializer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        model = registry.find(scope=access.scope_of(request), reward_model=pk)
        rows = self.paginate_queryset(results.of_model(model))
        return self.get_paginated_response(answers.JobSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="reward_models_batches_create",
        request={"application/json": BatchSerializer, "multipart/form-data": BatchSerializer},
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        scope = access.scope_of(request)
        model = registry.find(scope=scope, reward_model=pk)
        body = BatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(body.validated_data)
        given = [name for name in SOURCES if name in values]
        if len(given) != 1:
            raise Invalid(_("Send one of file, records, snapshot and project."), field=given[1] if given else "file")
        common = {"scope": scope, "model": model, "format": values["format"]}
        if given == ["snapshot"]:
            job = asking.of_snapshot(snapshot=values["snapshot"], split=values["split"], **common)
        else:
            begin: Any = {"file": asking.of_file, "records": asking.of_records, "project": asking.of_project}[given[0]]
            job = begin(**{given[0]: values[given[0]]}, **common)
        return answers.accepted(job.pk, job)


@extend_schema(tags=["reward models"])
class OneBatch(APIView):
    rules = {"get": "model.score"}

    @extend_schema(
        operation_id="reward_models_batches_retrieve",
        responses={(200, one.media_type): OpenApiTypes.BINARY for one in FORMATS.values()},
    )
    def get(self, request: Request, pk: UUID, job: UUID) -> HttpResponseBase:
        """The file of scores, for 30 days."""
        scope = access.scope_of(request)
        model = registry.find(scope=scope, reward_model=pk)
        return results.response(scope=scope, model=model, job=job)
