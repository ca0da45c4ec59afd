"""What the API takes to begin a run."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.bodies import Body
from training import presets
from training.checks.bodies import ChecksWishSerializer
from training.learning.settings.presets import PRESETS
from training.models import KlRole, Role
from training.prompts import MOST_RECORDS

MOST_STEPS = 1_000_000
PROMPTS = {
    "oneOf": [
        {"type": "string", "enum": ["builtin:textworld"]},
        {
            "type": "object",
            "required": ["snapshot"],
            "properties": {"snapshot": {"type": "string", "format": "uuid"}, "split": {"type": "string"}},
        },
        {"type": "object", "required": ["project"], "properties": {"project": {"type": "string", "format": "uuid"}}},
        {
            "type": "object",
            "required": ["records"],
            "properties": {"records": {"type": "array", "maxItems": MOST_RECORDS, "items": {}}},
        },
    ]
}


@extend_schema_field(PROMPTS)
class PromptsField(serializers.JSONField):
    """Where prompts come from; training.prompts says what makes sense."""


class BoundSerializer(Body):
    role = serializers.ChoiceField(choices=Role.choices)
    threshold = serializers.FloatField(help_text="In the reward model's own unit, uncalibrated.")


class ComponentSerializer(Body):
    reward_model = serializers.UUIDField()
    weight = serializers.FloatField(required=False, allow_null=True, help_text="With one it is in the objective.")
    target = serializers.FloatField(
        required=False, allow_null=True, help_text="It then counts minus its squared distance from here."
    )
    bounds = BoundSerializer(many=True, required=False)
    unit = serializers.CharField(
        required=False, max_length=120, help_text="Refused where it is not the reward model's: thresholds are in it."
    )


class KlSerializer(Body):
    role = serializers.ChoiceField(choices=KlRole.choices)
    coefficient = serializers.FloatField(required=False, allow_null=True)
    target = serializers.FloatField(required=False, allow_null=True, help_text="In nats per response.")


class SourceSerializer(Body):
    policy = serializers.CharField(max_length=300, help_text="As a run's policy is named: run:<id>[@step] …")
    weight = serializers.FloatField(
        required=False, allow_null=True, default=None,
        help_text="Of a merge: 0 or more; weights are divided by their sum.",
    )  # fmt: skip
    margin = serializers.FloatField(
        required=False, allow_null=True, default=None,
        help_text="Of pecan, but for the first: by how much its β log π/π_ref is to be above the reference's mean.",
    )  # fmt: skip


class RunWishSerializer(Body):
    name = serializers.CharField(max_length=200)
    policy = serializers.CharField(
        max_length=300, required=False, default="",
        help_text="builtin:textworld, run:<id>[@step], model:<id>, a folder or a hub id. Needed but for a merge.",
    )  # fmt: skip
    preset = serializers.ChoiceField(
        choices=[(one.name, f"{one.title} ({one.source})") for one in PRESETS.values()],
        required=False,
        allow_null=True,
        help_text="A paper's way: its algorithm, its settings under those sent, components in its roles, its KL.",
    )
    algorithm = serializers.CharField(
        max_length=40, required=False, help_text="One of the algorithms of /methods/; a preset brings its own."
    )
    prompts = PromptsField(required=False, allow_null=True, default=None)
    snapshot = serializers.UUIDField(
        required=False, allow_null=True, default=None,
        help_text="Of direct alignment (dpo, kto …), in place of prompts, components, kl, checks and steps.",
    )  # fmt: skip
    components = ComponentSerializer(many=True, required=False, default=list)
    kl = KlSerializer(required=False, allow_null=True, default=None)
    checks = ChecksWishSerializer(required=False, allow_null=True, default=None)
    multiplier = serializers.FloatField(
        required=False, allow_null=True, default=None, min_value=0,
        help_text="λ of a step after a step (SACPO): β is the first step's over λ; `policy` is the step before.",
    )  # fmt: skip
    sources = SourceSerializer(
        many=True, required=False, default=list,
        help_text="Of a merge (soup), in place of policy, snapshot, kl, checks and steps; of best_of_n the trained "
        "policies that are set beside it, without weights; of pecan the policies aligned from `policy` by dpo, the one "
        "for what helps first.",
    )  # fmt: skip
    settings = serializers.DictField(default=dict, help_text="By the algorithm's schema in /methods/.")
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
    steps = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=MOST_STEPS,
        help_text="Needed but for merges, best_of_n, and what learns from judgments, whose steps follow from epochs.",
    )  # fmt: skip
    allow_candidate = serializers.BooleanField(default=False, help_text="Whether reward models may be candidates.")
    why_flagged = serializers.CharField(
        default="", allow_blank=True, max_length=2_000,
        help_text="Needed where people stopped agreeing with a reward model, which carries a flag; kept with the run.",
    )  # fmt: skip

    def validate(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the preset makes of the body."""
        body["preset"] = body.get("preset") or ""
        if body["preset"]:
            made = presets.filled(body["preset"], body["components"], body["settings"])
            return {**body, "algorithm": made.algorithm, "settings": made.settings} | {
                "components": made.components,
                "kl": made.kl,
            }
        if not body.get("algorithm"):
            raise serializers.ValidationError({"algorithm": _("Name an algorithm or a preset.")})
        return body
