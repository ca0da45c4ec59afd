"""Bringing records in: a file, or up to a thousand in the body."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import projects
from annotation.imports import requests
from annotation.imports.requests import MOST_RECORDS, Options
from annotation.models.projects import Kind
from api.bodies import Body
from api.idempotency import idempotent
from api.parsers import BoundedJSONParser, BoundedMultiPartParser
from api.refusals import Invalid
from jobs import answers


class ImportSerializer(Body):
    file = serializers.FileField(required=False, help_text="*.jsonl, *.jsonl.gz, *.csv or *.parquet, as multipart.")
    records = serializers.ListField(
        child=serializers.DictField(), required=False, min_length=1, max_length=MOST_RECORDS
    )
    kind = serializers.ChoiceField(choices=Kind.choices, required=False, help_text="Default: all kinds of the project.")
    overlap = serializers.IntegerField(min_value=1, max_value=1_000, required=False)
    counts = serializers.BooleanField(default=False, help_text="Imported judgments count toward the overlap.")

    def get_fields(self) -> dict[str, Any]:
        """`as` is a word of Python, `partial` one of every serializer: both cannot be written as attributes."""
        meaning = "Whether labels in the records become judgments of imported annotators."
        as_field = serializers.ChoiceField(choices=["tasks", "judgments"], default="tasks", help_text=meaning)
        keep = serializers.BooleanField(default=False, help_text="Keep the good lines of a file with bad ones.")
        return {**super().get_fields(), "partial": keep, "as": as_field}


@extend_schema(tags=["projects"])
class Imports(APIView):
    rules = {"post": "import.make"}
    parser_classes = [BoundedJSONParser, BoundedMultiPartParser]

    @extend_schema(
        operation_id="projects_imports_create",
        request={"application/json": ImportSerializer, "multipart/form-data": ImportSerializer},
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = ImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        if ("file" in values) == ("records" in values):
            raise Invalid(_("Send either a file or records."), field="file")
        options = Options(
            kind=values.get("kind"),
            overlap=values.get("overlap"),
            partial=values["partial"],
            as_judgments=values["as"] == "judgments",
            counts=values["counts"],
        )
        if "file" in values:
            job = requests.of_file(scope=scope, project=found, file=values["file"], options=options)
        else:
            job = requests.of_records(scope=scope, project=found, records=values["records"], options=options)
        return answers.accepted(job.pk, job)
