"""How the API shows a job, and how it answers a call that began long work."""

from typing import Any
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import estimates
from jobs.models import Job, LogLine, Measurement

TAIL = 100  # log lines that come with a job
MEASUREMENTS = 1_000  # in one answer


class SubjectSerializer(serializers.Serializer):
    kind = serializers.CharField()
    id = serializers.UUIDField()


class JobBriefSerializer(serializers.ModelSerializer[Job]):
    state = serializers.ChoiceField(choices=Job.State.choices, read_only=True)
    progress = serializers.FloatField(help_text="The share that is done, 0 to 1.", read_only=True)
    phase = serializers.CharField(help_text="What is being done now.", read_only=True)
    eta_s = serializers.SerializerMethodField(help_text="Seconds left by the pace of late; null while unknown.")
    subject = serializers.SerializerMethodField(help_text="What the job is about.")
    error = serializers.CharField(help_text="Why it failed, in words; empty otherwise.", read_only=True)
    cancel_requested = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = ["id", "kind", "queue", "state", "progress", "phase", "eta_s", "attempt", "error", "subject"]
        fields += ["cancel_requested", "created_at", "started_at", "finished_at"]
        read_only_fields = fields

    def get_eta_s(self, job: Job) -> float | None:
        return estimates.seconds_left(job, now())

    def get_cancel_requested(self, job: Job) -> bool:
        return job.cancel_requested_at is not None

    @extend_schema_field(SubjectSerializer(allow_null=True))
    def get_subject(self, job: Job) -> dict[str, str] | None:
        return {"kind": job.subject_kind, "id": str(job.subject_id)} if job.subject_id else None


class LineSerializer(serializers.ModelSerializer[LogLine]):
    class Meta:
        model = LogLine
        fields = ["at", "attempt", "text"]


class JobSerializer(JobBriefSerializer):
    result = serializers.JSONField(help_text="What the work answered; null until it has succeeded.", read_only=True)
    log = serializers.SerializerMethodField(help_text=f"The last {TAIL} lines.")

    class Meta(JobBriefSerializer.Meta):
        fields = [*JobBriefSerializer.Meta.fields, "result", "log"]
        read_only_fields = fields

    @extend_schema_field(LineSerializer(many=True))
    def get_log(self, job: Job) -> list[dict[str, Any]]:
        return [dict(line) for line in LineSerializer(tail(job), many=True).data]


class AcceptedSerializer(serializers.Serializer):
    """For `extend_schema(responses={202: AcceptedSerializer})`."""

    id = serializers.CharField(help_text="The object that the work makes or changes.")
    job = JobSerializer()


class MeasurementSerializer(serializers.ModelSerializer[Measurement]):
    class Meta:
        model = Measurement
        fields = ["id", "step", "name", "value", "attempt"]


class MeasurementsSerializer(serializers.Serializer):
    results = MeasurementSerializer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="Send it as `since`; null when nothing was new.")


class SinceSerializer(serializers.Serializer):
    since = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="Only measurements after this id."
    )


def accepted(object_id: UUID | str, job: Job) -> Response:
    """202: the object's id and the job to follow. Where the job is the object, both ids are the same."""
    body = {"id": str(object_id), "job": JobSerializer(job).data}
    return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": f"/api/v1/jobs/{job.pk}/"})


def measurements(job: Job, request: Request) -> Response:
    """What was measured after `?since=`, oldest first. A row stands in place of an earlier one of its name and step."""
    query = SinceSerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    rows = list(job.measurements.filter(pk__gt=query.validated_data["since"]).order_by("pk")[:MEASUREMENTS])
    return Response({"results": MeasurementSerializer(rows, many=True).data, "next": rows[-1].pk if rows else None})


def tail(job: Job, lines: int = TAIL) -> list[LogLine]:
    """The last lines, oldest of them first."""
    return list(job.lines.order_by("-pk")[:lines])[::-1]
