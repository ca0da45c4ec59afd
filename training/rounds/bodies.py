"""What the API takes and gives of campaigns."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.bodies import Body
from jobs import answers
from training.bodies.wishes import BoundSerializer, PromptsField
from training.models import Campaign, Role, RoundStep
from training.rounds import chain, standing, telling
from training.rounds.making import NEW, OLD, STEPS


class HeldSerializer(Body):
    reward_model = serializers.CharField(
        max_length=40, help_text="Its id; or campaign: the one that the round has learned, whose reward is raised."
    )
    bounds = BoundSerializer(many=True, required=False)
    unit = serializers.CharField(
        required=False, max_length=120, allow_blank=True, default="", help_text="Refused where it is not its own."
    )


class BoundsSerializer(Body):
    components = HeldSerializer(many=True, required=False)
    thresholds_from = serializers.CharField(
        required=False, max_length=40, allow_blank=True, default="",
        help_text="Id of a finished job of /proxy-points/ or /threshold-searches/: what it held, and is not named "
        "here, is pulled to what it found.",
    )  # fmt: skip


class CampaignWishSerializer(Body):
    name = serializers.CharField(max_length=120)
    policy = serializers.CharField(max_length=300, help_text="As for a run.")
    prompts = PromptsField(help_text="Four to 1,000; a fifth of them is held out for the verdicts.")
    settings = serializers.DictField(default=dict, help_text="All have defaults: campaigns of /methods/ lists them.")
    bounds = BoundsSerializer(required=False, help_text="What each run is held to, beside its KL.")


class StepWishSerializer(Body):
    step = serializers.ChoiceField(choices=list(STEPS))
    round = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000,
        help_text="Begins nothing where another one is the present round.",
    )
    reason = serializers.CharField(required=False, max_length=2_000, help_text="Of an approval and of a verdict.")
    why_flagged = serializers.CharField(
        required=False, max_length=2_000, help_text="Of a run whose reward model people have stopped agreeing with."
    )
    keeps = serializers.ChoiceField(required=False, choices=[NEW, OLD], help_text="Of a verdict: which policy goes on.")


class StepSerializer(serializers.ModelSerializer[RoundStep]):
    """A step that was begun."""

    round = serializers.IntegerField(source="round.number")
    state = serializers.SerializerMethodField()
    job = answers.JobBriefSerializer(allow_null=True)

    class Meta:
        model = RoundStep
        fields = ["name", "round", "state", "subject_id", "said", "begun_at", "job"]

    @extend_schema_field(serializers.ChoiceField(choices=[chain.READY, chain.RUNNING, chain.FAILED, chain.DONE]))
    def get_state(self, step: RoundStep) -> str:
        return chain.state(step)


class StoodSerializer(serializers.Serializer):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[chain.WAITING, chain.READY, chain.RUNNING, chain.FAILED, chain.DONE])
    begun = StepSerializer(allow_null=True)


class CostSerializer(serializers.Serializer):
    judgments = serializers.IntegerField()
    annotator_hours = serializers.FloatField()
    device_hours = serializers.FloatField()


class VerdictSerializer(serializers.Serializer):
    """Comparisons of the new policy with the old, so far; shares and money as value, low, high (95 %).

    Below five conversations an amount has no low and high.
    """

    won = serializers.IntegerField()
    lost = serializers.IntegerField()
    ties = serializers.IntegerField()
    share = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    money = serializers.ListField(child=serializers.FloatField(allow_null=True), allow_null=True)
    currency = serializers.CharField(help_text="Of the money: the project’s.")
    in_others = serializers.IntegerField(help_text="Amounts in other currencies, which the money leaves out.")


class HoldSerializer(serializers.Serializer):
    name = serializers.CharField()
    reward_model = serializers.UUIDField(source="key", allow_null=True, help_text="None of the KL.")
    role = serializers.ChoiceField(choices=Role.choices)
    threshold = serializers.FloatField()
    unit = serializers.CharField()


class RoundSerializer(serializers.Serializer):
    number = serializers.IntegerField(source="round.number")
    policy = serializers.CharField(source="round.policy")
    steps = StoodSerializer(many=True)
    next = serializers.CharField(help_text="The step that can be begun; empty while one is under way.")
    lacks = serializers.CharField(help_text="Why that step cannot be begun yet; empty where it can.")
    cost = CostSerializer()
    verdict = VerdictSerializer()
    held = HoldSerializer(many=True, help_text="What its run is held to; empty before one began.")


class CampaignBriefSerializer(serializers.ModelSerializer[Campaign]):
    class Meta:
        model = Campaign
        fields = ["id", "name", "project", "verdicts", "created_at"]


class CampaignSerializer(CampaignBriefSerializer):
    settings = serializers.DictField(read_only=True)
    bounds = BoundsSerializer(read_only=True, help_text="Of the runs that begin from now on.")
    rules = serializers.DictField(read_only=True, help_text="What begins by itself; empty where nothing ever did.")
    halted = serializers.CharField(read_only=True, help_text="Why nothing begins by itself any more.")
    waits = serializers.SerializerMethodField(help_text="By step that a rule is to begin: when, and why not yet.")
    rounds = serializers.SerializerMethodField(help_text="The present one first.")

    class Meta(CampaignBriefSerializer.Meta):
        fields = [*CampaignBriefSerializer.Meta.fields, "settings", "bounds", "rules", "halted", "waits", "rounds"]

    @extend_schema_field(RoundSerializer(many=True))
    def get_rounds(self, campaign: Campaign) -> Any:
        return RoundSerializer(standing.of(campaign), many=True).data

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_waits(self, campaign: Campaign) -> dict[str, str]:
        return telling.of(campaign, standing.of(campaign)[0])


class BoundsWishSerializer(Body):
    bounds = BoundsSerializer()


class RulesSerializer(Body):
    rules = serializers.DictField(help_text="All have defaults: a step that is not named begins by a person alone.")
