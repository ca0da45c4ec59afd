"""People, the walls between tenants, and the records under which judgments stand."""

from accounts.models.annotators import Annotator, Group
from accounts.models.people import Invitation, Membership, Person, Workspace
from accounts.models.tokens import Token

__all__ = ["Annotator", "Group", "Invitation", "Membership", "Person", "Token", "Workspace"]
