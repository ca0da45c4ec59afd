"""What the API takes and gives of reward models."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.bodies import Body
from jobs import answers
from jobs.models import Job
from rewardmodels import lineage
from rewardmodels.models import RewardModel, Standing, StandingChange, TrackingReport
from rewardmodels.scoring import MOST_ITEMS
from rewardmodels.tracking import asking as looks

LONGEST_TEXT = 200_000
ROLES = ("system", "user", "assistant", "tool")


class WishSerializer(Body):
    name = serializers.CharField(max_length=200)
    snapshot = serializers.UUIDField()
    kind = serializers.CharField(max_length=20, help_text="One of the reward_model_kinds of /methods/.")
    backbone = serializers.CharField(max_length=300, default="builtin:minilm")
    settings = serializers.DictField(default=dict, help_text="By the kind's schema in /methods/.")
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)


class FilterSerializer(serializers.Serializer):
    standing = serializers.ChoiceField(choices=Standing.choices, required=False)
    kind = serializers.CharField(max_length=20, required=False)
    state = serializers.ChoiceField(choices=Job.State.choices, required=False, help_text="Of the job that learns it.")
    snapshot = serializers.UUIDField(required=False)
    judgment = serializers.UUIDField(required=False, help_text="Only models that learned from this judgment.")
    task = serializers.UUIDField(required=False, help_text="Only models that learned from a judgment of this task.")
    annotator = serializers.CharField(
        required=False, max_length=20, help_text="A pseudonym: only models that learned from a judgment of theirs."
    )


class CompareSerializer(Body):
    other = serializers.UUIDField(help_text="Another trained model of this workspace.")


class StandingSerializer(Body):
    standing = serializers.ChoiceField(choices=Standing.choices)
    reason = serializers.CharField(max_length=2_000)


class StandingChangeSerializer(serializers.ModelSerializer[StandingChange]):
    before = serializers.CharField(read_only=True)
    after = serializers.CharField(read_only=True)
    person = serializers.SerializerMethodField(help_text="Who decided; null once erased.")

    class Meta:
        model = StandingChange
        fields = ["before", "after", "reason", "person", "at"]

    def get_person(self, change: StandingChange) -> str | None:
        return change.person.name or change.person.email if change.person else None


class TrackSerializer(Body):
    project = serializers.UUIDField(help_text="Whose judgments it is held against.")


class TrackingSerializer(serializers.ModelSerializer[TrackingReport]):
    figures = serializers.DictField(help_text="Pairs of models, foretold and said; the test, now and then.")

    class Meta:
        model = TrackingReport
        fields = ["id", "project", "as_of", "judgments", "is_flagged", "figures"]
        read_only_fields = fields


class RewardModelBriefSerializer(serializers.ModelSerializer[RewardModel]):
    snapshot = serializers.UUIDField(source="snapshot_id", read_only=True, allow_null=True)
    job = answers.JobBriefSerializer(read_only=True, allow_null=True)

    class Meta:
        model = RewardModel
        fields = ["id", "name", "kind", "backbone", "snapshot", "standing", "unit", "sha256", "job"]
        fields += ["created_at", "trained_at"]
        read_only_fields = fields


class SinceSerializer(serializers.Serializer):
    """Judgments that would not go into the snapshot any more as they did."""

    taken_down = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    set_aside = serializers.IntegerField()
    corrected = serializers.IntegerField()


class LearnedJudgmentSerializer(serializers.Serializer):
    judgment = serializers.UUIDField(source="version.judgment_id")
    version = serializers.IntegerField(source="version.version")
    task = serializers.UUIDField(source="version.judgment.assignment.task_id")
    kind = serializers.CharField(source="version.kind")
    annotator = serializers.CharField(source="version.judgment.assignment.annotator.pseudonym")
    state = serializers.ChoiceField(choices=[lineage.COUNTS, *lineage.GONE], help_text="What became of it since.")


class StateSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=[lineage.COUNTS, *lineage.GONE], required=False)


class LineageSerializer(serializers.Serializer):
    """Of a model that was brought in, project, snapshot and what stands with them are null."""

    imported = serializers.BooleanField(help_text="Whether it was learned elsewhere; backbone then says where from.")
    project = serializers.UUIDField(allow_null=True)
    snapshot = serializers.UUIDField(allow_null=True)
    snapshot_sha256 = serializers.CharField(allow_null=True)
    counts = serializers.DictField(help_text="Judgments of the snapshot by kind and split.")
    backbone = serializers.CharField()
    since = SinceSerializer(allow_null=True, help_text="What happened to its judgments after they were frozen.")


class RewardModelSerializer(RewardModelBriefSerializer):
    settings = serializers.DictField(read_only=True)
    seed = serializers.IntegerField(read_only=True)
    metrics = serializers.DictField(
        read_only=True, help_text="By split: n, accuracy, ties, auc, log_loss, brier, ece, intervals, baselines."
    )
    calibration = serializers.DictField(read_only=True, help_text="Temperature, fitted on how many, or why not.")
    details = serializers.DictField(read_only=True, help_text="What limits cost, how the fit went, the reference set.")
    lineage = serializers.SerializerMethodField()
    history = serializers.SerializerMethodField(help_text="Changes of standing, newest first.")
    tracking = serializers.SerializerMethodField(help_text="Whether people still agree with it: the newest looks.")

    class Meta(RewardModelBriefSerializer.Meta):
        fields = [*RewardModelBriefSerializer.Meta.fields, "settings", "seed", "metrics", "calibration", "details"]
        fields += ["lineage", "history", "tracking"]
        read_only_fields = fields

    @extend_schema_field(LineageSerializer)
    def get_lineage(self, model: RewardModel) -> dict[str, Any]:
        snapshot = model.snapshot
        return {
            "imported": snapshot is None,
            "project": str(snapshot.project_id) if snapshot else None,
            "snapshot": str(snapshot.pk) if snapshot else None,
            "snapshot_sha256": snapshot.sha256 if snapshot else None,
            "counts": snapshot.counts if snapshot else {},
            "backbone": model.backbone,
            "since": asdict(lineage.since(snapshot)) if snapshot else None,
        }

    @extend_schema_field(TrackingSerializer(many=True))
    def get_tracking(self, model: RewardModel) -> list[dict[str, Any]]:
        return [dict(look) for look in TrackingSerializer(looks.newest(model), many=True).data]

    @extend_schema_field(StandingChangeSerializer(many=True))
    def get_history(self, model: RewardModel) -> list[dict[str, Any]]:
        changes = model.standing_changes.select_related("person")
        return [dict(change) for change in StandingChangeSerializer(changes, many=True).data]


class TurnSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=[(role, role) for role in ROLES])
    content = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, trim_whitespace=False)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Turn"}}]})
class PromptField(serializers.Field[Any, Any, Any, Any]):
    """Text, or messages that end before the answer."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return serializers.CharField(max_length=LONGEST_TEXT, trim_whitespace=False).run_validation(data)
        if not isinstance(data, list) or not 1 <= len(data) <= 200:
            said = _("Write the prompt as text, or as 1 to 200 messages of role and content.")
            raise serializers.ValidationError(said)
        turns = TurnSerializer(data=data, many=True)
        turns.is_valid(raise_exception=True)
        return [dict(turn) for turn in turns.validated_data]

    def to_representation(self, value: Any) -> Any:
        return value


class ItemSerializer(serializers.Serializer):
    """Rows of data: what else stands in one, its own id say, is the caller's."""

    prompt = PromptField()
    response = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, trim_whitespace=False)


class ItemsSerializer(Body):
    items = serializers.ListField(child=ItemSerializer(), min_length=1, max_length=MOST_ITEMS)


class ScoreSerializer(serializers.Serializer):
    reward = serializers.FloatField(help_text="The utility in the model's unit, uncalibrated; higher is better.")
    spread = serializers.FloatField(
        allow_null=True, help_text="Between members, in the unit; null where the model has only one."
    )
    components = serializers.DictField(
        child=serializers.FloatField(),
        help_text="By name, what the reward is made of; calibrated: differences are log odds of being preferred.",
    )
    tokens = serializers.IntegerField()
    is_whole = serializers.BooleanField(help_text="False where something was cut to fit the model's length.")


class ScoresSerializer(serializers.Serializer):
    unit = serializers.CharField()
    scores = ScoreSerializer(many=True)


def shown_score(score: dict[str, Any]) -> dict[str, Any]:
    return {
        "reward": score["reward"],
        "spread": score["spread"],
        "components": {**score["components"], "calibrated": score["calibrated"]},
        "tokens": score["tokens"],
        "is_whole": score["is_whole"],
    }
