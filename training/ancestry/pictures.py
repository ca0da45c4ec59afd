"""A graph as a picture that fits a phone, a row for each thing; and the same things as nested lists."""

from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

from training.ancestry.graph import KINDS, POLICY, Graph, Node

WIDTH, ROW, LANE, EDGE = 340, 38, 11, 8
RAIL, RAILS = 6, 4  # lines to the policies behind run on the left of all things, so many beside each other
LONGEST = 40  # letters of a line; an ideograph takes the room of two


@dataclass(frozen=True)
class Row:
    node: Node
    x: int
    y: int

    @property
    def title_y(self) -> int:
        return self.y - 3

    @property
    def said_y(self) -> int:
        return self.y + 11

    @property
    def said(self) -> str:
        return shortened(self.node.said)

    @property
    def whole(self) -> str:
        """What is shown where somebody points at words that were cut; else nothing."""
        return self.node.said if self.said != self.node.said else ""


@dataclass(frozen=True)
class Line:
    path: str  # of SVG
    is_back: bool  # to a policy behind


@dataclass(frozen=True)
class Picture:
    rows: list[Row]
    lines: list[Line]
    lists: list[dict[str, Any]]  # one for each policy, from which all depth begins anew
    words: int  # where they begin
    width: int
    height: int
    is_cut: bool


def of(graph: Graph) -> Picture:
    nodes = list(graph.nodes.values())
    behind = [node.key for node in nodes[1:] if node.kind == POLICY]
    rails = {key: number % RAILS for number, key in enumerate(behind)}
    left = EDGE + RAIL * min(len(rails), RAILS)
    rows = {
        node.key: Row(node, left + LANE * KINDS.index(node.kind), ROW * place + ROW // 2)
        for place, node in enumerate(nodes)
    }
    lines = [
        line(rows[node.key], rows[parent.key], rails.get(parent.key))
        for node in nodes
        for parent in graph.parents(node)
    ]
    return Picture(
        rows=list(rows.values()),
        lines=lines,
        lists=lists(graph),
        words=left + LANE * len(KINDS),
        width=WIDTH,
        height=ROW * len(nodes),
        is_cut=graph.is_cut,
    )


def line(made: Row, source: Row, rail: int | None) -> Line:
    """Down along the lane of what was made, then across; to a policy behind along a rail on the left."""
    if rail is None:
        return Line(f"M{made.x} {made.y}V{source.y}H{source.x}", is_back=False)
    return Line(f"M{made.x} {made.y}H{EDGE + RAIL * rail}V{source.y}H{source.x}", is_back=True)


def lists(graph: Graph) -> list[dict[str, Any]]:
    """From the root, and from each policy behind it; a thing that was told before is named alone."""
    nodes, told = list(graph.nodes.values()), set[str]()
    numbers = {node.key: n for n, node in enumerate([each for each in nodes if each.kind == POLICY], start=1)}
    roots = [node for place, node in enumerate(nodes) if place == 0 or node.kind == POLICY]
    return [nested(graph, node, told, numbers, is_root=True) for node in roots]


def nested(graph: Graph, node: Node, told: set[str], numbers: dict[str, int], *, is_root: bool) -> dict[str, Any]:
    is_link = node.kind == POLICY and not is_root
    is_again = node.key in told and not is_link
    below = [] if is_link or is_again else graph.parents(node)
    if not is_link:
        told.add(node.key)
    items = [nested(graph, each, told, numbers, is_root=False) for each in below]
    return {"node": node, "number": numbers.get(node.key), "is_link": is_link, "is_again": is_again, "below": items}


def shortened(text: str) -> str:
    room = LONGEST
    for place, letter in enumerate(text):
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return f"{text[: place - 1].rstrip()}…"
    return text
