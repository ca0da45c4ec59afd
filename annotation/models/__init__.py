"""What collecting stands on: projects, content, the queue, judgments, snapshots."""

from annotation.models.assignments import Assignment, Seat
from annotation.models.content import Prompt, Response, Takedown
from annotation.models.judgments import Judgment, JudgmentVersion
from annotation.models.projects import Guidelines, Kind, Project
from annotation.models.snapshots import Snapshot, SnapshotJudgment
from annotation.models.tasks import Gold, Task, TaskResponse

__all__ = [
    "Assignment",
    "Gold",
    "Guidelines",
    "Judgment",
    "JudgmentVersion",
    "Kind",
    "Project",
    "Prompt",
    "Response",
    "Seat",
    "Snapshot",
    "SnapshotJudgment",
    "Takedown",
    "Task",
    "TaskResponse",
]
