"""Questions about tasks, and their answers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.roles import Role
from accounts.scope import Scope
from annotation import projects
from annotation.desk import questions
from annotation.desk.questions import Reply
from annotation.models import Question
from api.bodies import Body
from api.idempotency import idempotent


class AskSerializer(Body):
    assignment = serializers.UUIDField()
    text = serializers.CharField(max_length=questions.LONGEST)


class QuestionSerializer(serializers.ModelSerializer[Question]):
    assignment = serializers.UUIDField(source="assignment_id", allow_null=True, help_text="Yours; null in others'.")
    task = serializers.UUIDField(source="assignment.task_id", allow_null=True)
    annotator = serializers.CharField(
        source="assignment.annotator.pseudonym", allow_null=True, help_text="Who asked; null where it is not yours."
    )
    mine = serializers.BooleanField()
    shared = serializers.BooleanField(source="is_shared", help_text="Whether everybody in the project reads it.")

    class Meta:
        model = Question
        fields = [
            "id", "assignment", "task", "annotator", "mine", "text", "created_at", "answer", "answered_at", "shared",
            "seen_at",
        ]  # fmt: skip
        read_only_fields = fields


class QuestionFilterSerializer(serializers.Serializer):
    state = serializers.ChoiceField(
        choices=["open", "answered", "unseen"],
        required=False,
        help_text="unseen: answers to you that you have not seen.",
    )


@extend_schema(tags=["questions"])
class Questions(generics.GenericAPIView[Question]):
    """A researcher sees all; an annotator their own, and what was answered to everybody."""

    rules = {"get": "question.ask", "post": "question.ask"}
    queryset = Question.objects.none()
    serializer_class = QuestionSerializer

    @extend_schema(
        operation_id="projects_questions_list",
        parameters=[QuestionFilterSerializer],
        responses=QuestionSerializer(many=True),
    )
    def get(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = questions.readable(scope, projects.find(scope=scope, project=project))
        query = QuestionFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        state = query.validated_data.get("state")
        if state == "unseen":
            found = found.filter(pk__in=questions.own(scope).filter(answered_at__isnull=False, seen_at=None))
        elif state:
            found = found.filter(answered_at__isnull=state == "open")
        return self.get_paginated_response([shown(scope, row) for row in self.paginate_queryset(found) or []])

    @extend_schema(operation_id="projects_questions_create", request=AskSerializer, responses={201: QuestionSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = AskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = questions.ask(scope=scope, project=found.pk, **body.validated_data)
        return Response(shown(scope, made), status=201)


class ReplySerializer(Body):
    text = serializers.CharField(max_length=questions.LONGEST_ANSWER)
    shared = serializers.BooleanField(default=False, help_text="To everybody in the project, as a clarification.")
    to_guidelines = serializers.BooleanField(default=False, help_text="And into a new version of the guidelines.")


@extend_schema(tags=["questions"])
class Answer(APIView):
    rules = {"post": "question.answer"}

    @extend_schema(operation_id="projects_questions_answer", request=ReplySerializer, responses=QuestionSerializer)
    def post(self, request: Request, project: UUID, question: UUID) -> Response:
        scope = access.scope_of(request)
        found = questions.find(scope=scope, project=projects.find(scope=scope, project=project), question=question)
        body = ReplySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        reply = Reply(values["text"], is_shared=values["shared"], to_guidelines=values["to_guidelines"])
        return Response(shown(scope, questions.answer(scope=scope, question=found, reply=reply)))


class SeenSerializer(serializers.Serializer):
    seen = serializers.IntegerField(help_text="How many answers were news.")


@extend_schema(tags=["questions"])
class Seen(APIView):
    rules = {"post": "question.ask"}

    @extend_schema(operation_id="projects_questions_seen", request=None, responses=SeenSerializer)
    def post(self, request: Request, project: UUID) -> Response:
        """That you have seen the answers to your own questions here."""
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        return Response({"seen": questions.see(scope=scope, project=found)})


def shown(scope: Scope, question: Question) -> dict[str, Any]:
    """Who asked, and about what, is for its asker and for researchers."""
    question.mine = question.assignment.annotator.person_id == scope.person.pk  # type: ignore[attr-defined]
    row = dict(QuestionSerializer(question).data)
    if not row["mine"] and not scope.role.includes(Role.RESEARCHER):
        return {**row, "assignment": None, "task": None, "annotator": None, "seen_at": None}
    return row
