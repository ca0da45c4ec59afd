"""Things and what they were made from, with the seeds, settings and hashes that make them again."""

from dataclasses import dataclass, field
from typing import Any

POLICY, RUN, REWARD_MODEL, SNAPSHOT = "policy", "run", "reward_model", "snapshot"
JUDGMENTS, TASKS, ANSWERS = "judgments", "tasks", "answers"
KINDS = (POLICY, RUN, REWARD_MODEL, SNAPSHOT, JUDGMENTS, TASKS, ANSWERS)  # each is made from those after it


@dataclass
class Node:
    """One thing; of judgments, tasks and answers all those of a snapshot together."""

    key: str
    kind: str
    title: str
    said: str = ""
    url: str = ""  # of its page; empty where it has none any more
    facts: dict[str, Any] = field(default_factory=dict)
    made_from: list[str] = field(default_factory=list)  # keys

    @property
    def is_bare(self) -> bool:
        """Whether it says its policy's name as programs write it: no words of any language."""
        return self.said == self.facts.get("policy")


@dataclass
class Graph:
    """Nodes in the order in which they are met: a policy, all that it comes from but policies, then these."""

    nodes: dict[str, Node] = field(default_factory=dict)
    is_cut: bool = False

    def parents(self, node: Node) -> list[Node]:
        return [self.nodes[key] for key in dict.fromkeys(node.made_from) if key in self.nodes]

    def as_dict(self) -> dict[str, Any]:
        """As the API says it and a file holds it; the top comes first."""
        nodes = list(self.nodes.values())
        names = ("key", "kind", "title", "said", "facts")
        rows = [{**{name: vars(node)[name] for name in names}, "url": node.url or None} for node in nodes]
        edges = [{"made": node.key, "of": parent.key} for node in nodes for parent in self.parents(node)]
        return {"top": nodes[0].key, "is_cut": self.is_cut, "nodes": rows, "edges": edges}
