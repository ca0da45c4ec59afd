"""Somebody else's reward model over the API."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from api.bodies import Body
from api.idempotency import idempotent
from api.parsers import BoundedJSONParser, BoundedMultiPartParser
from api.refusals import Invalid
from jobs import answers
from rewardmodels.importing import asking
from rewardmodels.importing.asking import LENGTHS, OWN, TEMPLATES, Wish


class ImportedSerializer(Body):
    """One of file and source."""

    name = serializers.CharField(max_length=200)
    file = serializers.FileField(
        required=False, help_text="*.tar, *.tar.gz, *.tgz or *.zip of a transformers folder, as multipart."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """`source` is a word of every field."""
        where = serializers.CharField(
            required=False, max_length=300, help_text="A path below MODEL_ROOTS, or a hub id where that is allowed."
        )
        return {**super().get_fields(), "source": where}

    template = serializers.ChoiceField(
        choices=list(TEMPLATES), default=OWN, help_text="own: what it brings, else the default of its architecture."
    )
    max_length = serializers.IntegerField(
        required=False, allow_null=True, min_value=LENGTHS[0], max_value=LENGTHS[1], help_text="Tokens that are read."
    )
    snapshot = serializers.UUIDField(required=False, allow_null=True, help_text="Calibrate and evaluate on this one.")


@extend_schema(tags=["reward models"])
class Import(APIView):
    rules = {"post": "model.change"}
    parser_classes = [BoundedJSONParser, BoundedMultiPartParser]

    @extend_schema(
        operation_id="reward_models_import",
        request={"application/json": ImportedSerializer, "multipart/form-data": ImportedSerializer},
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        scope = access.scope_of(request)
        body = ImportedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        if ("file" in values) == ("source" in values):
            raise Invalid(_("Send an archive as file, or say where it is as source."), field="file")
        wish = Wish(values["name"], values["template"], values.get("max_length"), values.get("snapshot"))
        if "file" in values:
            model = asking.of_file(scope=scope, wish=wish, file=values["file"])
        else:
            model = asking.of_source(scope=scope, wish=wish, source=values["source"])
        assert model.job is not None
        return answers.accepted(model.pk, model.job)
