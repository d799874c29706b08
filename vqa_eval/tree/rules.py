"""What a selection asks of a sample, once every name in it is a node."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from vqa_eval.records import Node

Values = Mapping[str, Collection[Node] | None]
"""Axis to the nodes that occur on it; None where they are unknown."""
Bounds = tuple[bool, bool]
"""Whether some sample may hold, and whether some sample may not."""


@dataclass(frozen=True, slots=True)
class Under:
    """Holds for a sample with a node at or below one of the named ones."""

    text: str
    """Canonical text that resolves to this rule again."""
    axis: str
    nodes: frozenset[Node]
    """Nodes of one axis; (axis,) itself stands for any value on it."""
    exact: bool = False
    """Whether only the nodes themselves count, and nothing below."""

    def holds(self, node: Node) -> bool:
        """Whether the node is one of the named ones or lies below one; the bare axis never does."""
        if len(node) < 2 or node[0] != self.axis:
            return False
        if node in self.nodes:
            return True
        return not self.exact and any(node[:depth] in self.nodes for depth in range(1, len(node)))

    def matches(self, nodes: Collection[Node]) -> bool:
        """Whether a sample with the nodes holds."""
        return any(map(self.holds, nodes))

    def bounds(self, values: Values) -> Bounds:
        """Tell what is certain of samples that each bear at least one of the values."""
        if self.axis not in values:
            return False, True
        nodes = values[self.axis]
        if nodes is None:
            return True, True
        held = [self.holds(node) for node in nodes]
        return any(held), not all(held) or not held

    def axes(self) -> frozenset[str]:
        """Give the one axis."""
        return frozenset((self.axis,))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Inverse:
    """Holds where the part does not."""

    part: "Rule"

    def matches(self, nodes: Collection[Node]) -> bool:
        """Whether a sample with the nodes holds."""
        return not self.part.matches(nodes)

    def bounds(self, values: Values) -> Bounds:
        """Give those of the part, turned round."""
        may, may_not = self.part.bounds(values)
        return may_not, may

    def axes(self) -> frozenset[str]:
        """Give those of the part."""
        return self.part.axes()

    def __str__(self) -> str:
        return f"!{self.part}" if isinstance(self.part, Under) else f"!({self.part})"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where every part does; with no part it always holds."""

    parts: tuple["Rule", ...]

    def matches(self, nodes: Collection[Node]) -> bool:
        """Whether a sample with the nodes holds."""
        return all(part.matches(nodes) for part in self.parts)

    def bounds(self, values: Values) -> Bounds:
        """Tell what the parts allow together; "may" is said where it is not certain."""
        bounds = [part.bounds(values) for part in self.parts]
        return all(may for may, _ in bounds), any(may_not for _, may_not in bounds)

    def axes(self) -> frozenset[str]:
        """Give those of all parts."""
        return frozenset().union(*(part.axes() for part in self.parts))

    def __str__(self) -> str:
        return " & ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where at least one part does."""

    parts: tuple["Rule", ...]

    def matches(self, nodes: Collection[Node]) -> bool:
        """Whether a sample with the nodes holds."""
        return any(part.matches(nodes) for part in self.parts)

    def bounds(self, values: Values) -> Bounds:
        """Tell what the parts allow together; "may" is said where it is not certain."""
        bounds = [part.bounds(values) for part in self.parts]
        return any(may for may, _ in bounds), all(may_not for _, may_not in bounds)

    def axes(self) -> frozenset[str]:
        """Give those of all parts."""
        return frozenset().union(*(part.axes() for part in self.parts))

    def __str__(self) -> str:
        return ",".join(map(str, self.parts))


Rule = Under | Inverse | AllOf | AnyOf
