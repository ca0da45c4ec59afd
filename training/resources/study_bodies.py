"""What the API takes and gives of studies."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.bodies import Body
from jobs import answers
from jobs.models import Job
from training.learning.studies.registry import LARGEST_SEED
from training.learning.studies.settings import TIERS
from training.models import Study


class StudyWishSerializer(Body):
    kind = serializers.CharField(max_length=40, help_text="One of the studies of /methods/.")
    tier = serializers.ChoiceField(
        choices=TIERS, default="quick", help_text="Whose settings are taken where none are said."
    )
    settings = serializers.DictField(default=dict, help_text="In place of the tier's, by the schema in /methods/.")
    seed = serializers.IntegerField(default=0, min_value=0, max_value=LARGEST_SEED)


class StudyFilterSerializer(serializers.Serializer):
    kind = serializers.CharField(max_length=40, required=False)
    state = serializers.ChoiceField(choices=Job.State.choices, required=False, help_text="Of the job that runs it.")


class StudyBriefSerializer(serializers.ModelSerializer[Study]):
    tier = serializers.CharField(read_only=True, help_text="Whose settings these are; empty where they are no tier's.")
    estimate_s = serializers.FloatField(source="estimate", read_only=True, help_text="Told before it began.")
    job = answers.JobBriefSerializer(read_only=True, allow_null=True)
    sha256 = serializers.CharField(read_only=True, help_text="Of the curves; empty until it is over.")

    class Meta:
        model = Study
        fields = ["id", "kind", "tier", "settings", "seed", "estimate_s", "job", "sha256", "created_at", "ended_at"]
        read_only_fields = fields


class CurveSerializer(serializers.Serializer):
    name = serializers.CharField()
    what = serializers.ChoiceField(
        choices=["measured", "exact", "fitted"], help_text="exact is the oracle's, fitted a formula's."
    )
    x = serializers.ListField(child=serializers.FloatField())
    mean = serializers.ListField(child=serializers.FloatField())
    low = serializers.ListField(child=serializers.FloatField(), help_text="Of a 95 % interval; empty where none is.")
    high = serializers.ListField(child=serializers.FloatField())


class ChartSerializer(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    x_label = serializers.CharField()
    y_label = serializers.CharField()
    curves = CurveSerializer(many=True)


PAIR = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True)


class FitSerializer(serializers.Serializer):
    """Of Gao et al.: d(a − b d) for best_of_n, d(a − b log d) for rl, with d = √KL."""

    curve = serializers.CharField()
    form = serializers.ChoiceField(choices=["best_of_n", "rl"])
    a = serializers.FloatField()
    a_interval = PAIR
    b = serializers.FloatField()
    b_interval = PAIR
    r2 = serializers.FloatField()
    peak_at = serializers.FloatField(allow_null=True, help_text="In √nats; null where the formula has no peak.")
    peak_at_interval = PAIR
    peak_value = serializers.FloatField(allow_null=True)


class PeakSerializer(serializers.Serializer):
    curve = serializers.CharField()
    at = serializers.FloatField()
    where = serializers.CharField()
    value = serializers.FloatField()
    lost = serializers.FloatField(help_text="Of the gain at the peak, the share that is gone at the end.")
    lost_interval = PAIR
    is_inside = serializers.BooleanField(help_text="The loss is beyond doubt: its interval lies above 0.")


class ComparisonSerializer(serializers.Serializer):
    first = serializers.CharField()
    second = serializers.CharField()
    at = serializers.CharField()
    difference = serializers.FloatField(help_text="The first less the second, paired.")
    interval = PAIR
    holds = serializers.BooleanField(help_text="It was expected to be above 0, and its interval lies there.")


class StudyResultSerializer(serializers.Serializer):
    simulated = serializers.BooleanField()
    charts = ChartSerializer(many=True)
    fits = FitSerializer(many=True)
    peaks = PeakSerializer(many=True)
    comparisons = ComparisonSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    sha256 = serializers.CharField()


class StudySerializer(StudyBriefSerializer):
    result = serializers.SerializerMethodField(help_text="Null until it is over.")

    class Meta(StudyBriefSerializer.Meta):
        fields = [*StudyBriefSerializer.Meta.fields, "result"]
        read_only_fields = fields

    @extend_schema_field(StudyResultSerializer(allow_null=True))
    def get_result(self, study: Study) -> dict[str, Any] | None:
        return study.result
