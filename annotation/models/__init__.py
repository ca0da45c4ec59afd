"""What collecting stands on: projects, content, the queue, judgments, snapshots, trust in people, and money."""

from annotation.models.assignments import Assignment, Seat
from annotation.models.content import Prompt, Response, Takedown
from annotation.models.delivery import Destination
from annotation.models.desk import Question, Reading, Wish
from annotation.models.judgments import Judgment, JudgmentVersion
from annotation.models.money import Consent, Draw, LedgerEntry, Outcome
from annotation.models.projects import Guidelines, Kind, Project
from annotation.models.quality import AnnotatorFigure, QualityReport, TaskFigure
from annotation.models.snapshots import Snapshot, SnapshotJudgment
from annotation.models.sorting import SortedTask, Sorting, SortingPlan
from annotation.models.sources import SourceReport
from annotation.models.tasks import Gold, Task, TaskResponse
from annotation.models.trust import Adjudication, Attempt, AttemptTask, Mark, Pause, SetAside

__all__ = [
    "Adjudication",
    "AnnotatorFigure",
    "Assignment",
    "Attempt",
    "AttemptTask",
    "Consent",
    "Destination",
    "Draw",
    "Gold",
    "Guidelines",
    "Judgment",
    "JudgmentVersion",
    "Kind",
    "LedgerEntry",
    "Mark",
    "Outcome",
    "Pause",
    "Project",
    "Prompt",
    "QualityReport",
    "Question",
    "Reading",
    "Response",
    "Seat",
    "SetAside",
    "Snapshot",
    "SnapshotJudgment",
    "SortedTask",
    "Sorting",
    "SortingPlan",
    "SourceReport",
    "Takedown",
    "Task",
    "TaskFigure",
    "TaskResponse",
    "Wish",
]
