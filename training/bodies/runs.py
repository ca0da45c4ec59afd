"""What the API gives of runs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs import answers
from jobs.models import Job
from rewardmodels.bodies import PromptField
from training import lineage, warnings
from training.bodies.wishes import BoundSerializer
from training.checks import bodies as checks
from training.checks.bodies import ChecksSerializer
from training.models import Checkpoint, Run, RunAlarm, RunSample
from training.references import reach


class FilterSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=Job.State.choices, required=False, help_text="Of the job that takes steps.")
    algorithm = serializers.CharField(max_length=40, required=False)
    reward_model = serializers.UUIDField(required=False, help_text="Only runs that this one is a component of.")


class RunBriefSerializer(serializers.ModelSerializer[Run]):
    job = answers.JobBriefSerializer(read_only=True, allow_null=True)
    origin = serializers.UUIDField(source="origin_id", read_only=True, allow_null=True)
    snapshot = serializers.UUIDField(source="snapshot_id", read_only=True, allow_null=True)
    ended = serializers.CharField(source="ending", read_only=True, help_text="completed or stopped; empty before.")

    class Meta:
        model = Run
        fields = [
            "id",
            "name",
            "policy",
            "origin",
            "snapshot",
            "algorithm",
            "multiplier",
            "seed",
            "steps",
            "job",
            "ended",
            "last_step",
        ]
        fields += ["best_step", "sha256", "created_at", "ended_at"]
        read_only_fields = fields


class AlarmSerializer(serializers.ModelSerializer[RunAlarm]):
    class Meta:
        model = RunAlarm
        fields = ["name", "step", "text", "at"]


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    class Meta:
        model = Checkpoint
        fields = ["step", "sha256", "bytes", "is_adapter", "is_best", "figures", "created_at"]


class KeptSerializer(serializers.Serializer):
    results = CheckpointSerializer(many=True)


class HeldBoundSerializer(BoundSerializer):
    quantile = serializers.FloatField(allow_null=True, help_text="The share of reference samples below it, once known.")
    state = serializers.ChoiceField(
        choices=reach.STATES,
        help_text="within_reach: reference samples are there. beyond_reference: none is, a run's mean was. unseen: "
        "neither was. not_reached: its multiplier stays at its cap and the violation does not shrink.",
    )


class PartSerializer(serializers.Serializer):
    """A component with its lineage."""

    name = serializers.CharField(help_text="In measurements and samples.")
    reward_model = serializers.UUIDField()
    reward_model_name = serializers.CharField()
    reward_model_sha256 = serializers.CharField()
    unit = serializers.CharField()
    weight = serializers.FloatField(allow_null=True)
    target = serializers.FloatField(allow_null=True)
    bounds = HeldBoundSerializer(many=True)
    snapshot = serializers.UUIDField(allow_null=True)
    snapshot_sha256 = serializers.CharField(allow_null=True)
    judgments = serializers.DictField(help_text="Of the snapshot, by kind and split.")


class RunSourceSerializer(serializers.Serializer):
    """A policy of a merge, one set beside best-of-n, or one that PeCAN asks."""

    policy = serializers.CharField()
    run = serializers.UUIDField(allow_null=True, help_text="That made it.")
    run_name = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField(help_text="Of its checkpoint; empty of what no run made.")
    weight = serializers.FloatField(allow_null=True, help_text="All together are 1; null where nothing is merged.")
    margin = serializers.FloatField(
        allow_null=True, help_text="By which its reward is to be above the reference's; null of the one that is raised."
    )


class FollowerSerializer(serializers.Serializer):
    run = serializers.UUIDField()
    name = serializers.CharField()
    algorithm = serializers.CharField()


class FrozenSerializer(serializers.Serializer):
    """What was asked for is null, and nothing frozen, where a snapshot is learned from directly."""

    asked = serializers.JSONField(allow_null=True)
    sha256 = serializers.CharField()
    count = serializers.IntegerField()


class RunSerializer(RunBriefSerializer):
    settings = serializers.DictField(read_only=True)
    kl = serializers.DictField(read_only=True)
    prompts = serializers.SerializerMethodField()
    components = serializers.SerializerMethodField()
    sources = serializers.SerializerMethodField()
    made_from = serializers.SerializerMethodField(help_text="Runs that set out from its policies or merge them.")
    checks = serializers.SerializerMethodField()
    why = serializers.CharField(source="ending_text", read_only=True, help_text="Why it ended, in a sentence.")
    alarms = AlarmSerializer(many=True, read_only=True)
    warnings = serializers.SerializerMethodField(help_text="Thresholds beyond all that was seen, in sentences.")
    details = serializers.DictField(read_only=True, help_text="Figures of the outcome.")

    class Meta(RunBriefSerializer.Meta):
        fields = [*RunBriefSerializer.Meta.fields, "allow_candidate", "settings", "kl", "prompts", "components"]
        fields += ["sources", "made_from"]
        fields += ["preset", "why_flagged", "checks", "why", "alarms", "warnings", "details"]
        read_only_fields = fields

    @extend_schema_field(FrozenSerializer)
    def get_prompts(self, run: Run) -> dict[str, Any]:
        return {"asked": run.prompts, "sha256": run.prompts_sha256, "count": run.prompts_count}

    @extend_schema_field(PartSerializer(many=True))
    def get_components(self, run: Run) -> list[dict[str, Any]]:
        states = reach.states(run)
        return [lineage.component(part, states) for part in lineage.parts(run)]

    @extend_schema_field(RunSourceSerializer(many=True))
    def get_sources(self, run: Run) -> list[dict[str, Any]]:
        return [lineage.source(one) for one in run.sources.select_related("source")]

    @extend_schema_field(FollowerSerializer(many=True))
    def get_made_from(self, run: Run) -> list[dict[str, Any]]:
        return lineage.made_from(run)

    @extend_schema_field(ChecksSerializer(allow_null=True))
    def get_checks(self, run: Run) -> dict[str, Any] | None:
        return checks.told(run)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_warnings(self, run: Run) -> list[str]:
        return warnings.of(run)


class SampleSerializer(serializers.ModelSerializer[RunSample]):
    prompt = PromptField(read_only=True)

    class Meta:
        model = RunSample
        fields = ["step", "prompt", "response", "reference", "rewards", "kl"]


class StepSerializer(serializers.Serializer):
    step = serializers.IntegerField(required=False, min_value=0, help_text="Without one, of every step.")


class ChosenSerializer(serializers.Serializer):
    checkpoint = serializers.IntegerField(
        required=False, min_value=0, help_text="A step; else the best, else the last."
    )
