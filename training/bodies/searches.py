"""What the API takes to search thresholds within one run, and how it tells of it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.bodies import Body
from jobs import answers
from jobs.models import Job
from training.bodies.wishes import PromptsField
from training.checks.bodies import PollSerializer
from training.models import Poll, PollQuestion
from training.searches import metrics, telling


class SearchedSerializer(Body):
    reward_model = serializers.UUIDField()
    step = serializers.FloatField(
        required=False, allow_null=True,
        help_text="How far from the reference's mean the first proposal lies, in its unit; negative for what is to "
        "fall. Empty: `search.step` deviations of the reference's answers up.",
    )  # fmt: skip
    unit = serializers.CharField(
        required=False, max_length=120, help_text="Refused where it is not the reward model's: `step` is in it."
    )


class VotesWishSerializer(Body):
    """Where `wanted` is people: of a project that asks which of two answers is better; no worker waits for them."""

    project = serializers.UUIDField()
    questions = serializers.IntegerField(
        required=False, allow_null=True, min_value=2, help_text="Of a proposal; 40 unless said."
    )
    enough = serializers.IntegerField(
        required=False, allow_null=True, min_value=2, help_text="Questions with a verdict; else all of them."
    )


class SearchWishSerializer(Body):
    """Whose thresholds are searched, what is to be highest, and how much it may take."""

    policy = serializers.CharField(
        max_length=300, help_text="builtin:textworld, run:<id>[@step], model:<id>, a folder or a hub id."
    )
    prompts = PromptsField()
    components = SearchedSerializer(many=True)
    wanted = serializers.CharField(
        max_length=60,
        help_text="model:<id> of a reward model that is no component; builtin:textworld; people, how often they prefer "
        "its answers to the reference's; or code:<count> for more and code:-<count> for less of what code counts: "
        f"{', '.join(metrics.BY_NAME)}.",
    )
    people = VotesWishSerializer(required=False, allow_null=True)
    algorithm = serializers.CharField(max_length=40, default="rloo", help_text="One that samples, of /methods/.")
    settings = serializers.DictField(
        default=dict,
        help_text="By the algorithm's schema in /methods/; unless said, controller is pid with gains in tilts.",
    )
    search = serializers.DictField(default=dict, help_text="By the schema of nelder_mead in /methods/ → searches.")
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
    allow_candidate = serializers.BooleanField(default=False, help_text="Whether reward models may be candidates.")
    why_flagged = serializers.CharField(
        default="", allow_blank=True, max_length=2_000,
        help_text="Needed where people stopped agreeing with a reward model, which carries a flag; kept with the job.",
    )  # fmt: skip


class ProposalSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    begin = serializers.IntegerField(allow_null=True, help_text="The proposal it set out from; null: the reference.")
    is_again = serializers.BooleanField(help_text="Whether the policy of `begin` was only measured once more.")
    thresholds = serializers.DictField(child=serializers.FloatField(), help_text="By component.")
    means = serializers.DictField(child=serializers.FloatField(), help_text="Where it came to, by component.")
    value = serializers.FloatField(help_text="Of what is wanted, measured there.")
    error = serializers.FloatField(help_text="The standard error that its answers bring in.")
    answers = serializers.IntegerField(help_text="That it sampled, to learn from and to measure.")


class AskedSerializer(serializers.ModelSerializer[PollQuestion]):
    class Meta:
        model = PollQuestion
        fields = ["task", "verdict"]


class SearchPollSerializer(PollSerializer):
    proposal = serializers.SerializerMethodField(help_text="Its number; null: what was found, run again.")
    questions = AskedSerializer(many=True, help_text="Without a task: both answers were the same, a tie.")

    class Meta(PollSerializer.Meta):
        fields = ["proposal", *(name for name in PollSerializer.Meta.fields if name != "step"), "questions"]

    def get_proposal(self, poll: Poll) -> int | None:
        return None if poll.is_last else poll.step


class SearchSerializer(answers.JobSerializer):
    asked = serializers.SerializerMethodField(help_text="The wish as it was understood.")
    proposals = serializers.SerializerMethodField(help_text="The log, while it goes too.")
    polls = SearchPollSerializer(many=True, help_text="What people were asked and, once closed, said.")

    class Meta(answers.JobSerializer.Meta):
        fields = [*answers.JobSerializer.Meta.fields, "asked", "proposals", "polls"]
        read_only_fields = fields

    def get_asked(self, job: Job) -> dict[str, Any]:
        return dict(job.arguments)

    @extend_schema_field(ProposalSerializer(many=True))
    def get_proposals(self, job: Job) -> list[telling.Proposal]:
        return telling.proposals(job)
