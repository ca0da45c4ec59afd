"""What the API gives of a graph of lineage."""

from rest_framework import serializers

from training.ancestry.graph import KINDS


class AncestorSerializer(serializers.Serializer):
    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    title = serializers.CharField()
    said = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_null=True, help_text="Of its page; null where it has none.")
    facts = serializers.DictField(help_text="Seeds, settings and hashes that make it again; counts of the rest.")


class DescentSerializer(serializers.Serializer):
    made = serializers.CharField(help_text="The key of a thing…")
    of = serializers.CharField(help_text="…and the key of one that it was made from.")


class AncestrySerializer(serializers.Serializer):
    top = serializers.CharField(help_text="The key of the thing that all the others led to.")
    is_cut = serializers.BooleanField(help_text="Whether there is more behind it than is told.")
    nodes = AncestorSerializer(many=True)
    edges = DescentSerializer(many=True)


class RoundChoiceSerializer(serializers.Serializer):
    round = serializers.IntegerField(
        required=False, min_value=1, max_value=10_000, help_text="With whose policy to begin; else the present one."
    )
