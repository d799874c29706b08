"""The names of one axis, and the nodes that each spelling of them means."""

from collections.abc import Iterable, Sequence
from fnmatch import translate
from re import compile as compile_pattern

from vqa_eval.records import Node
from vqa_eval.tree.names import fold, slug, words

TIERS = 3
"""How closely a spelling is compared: to the letter, whatever its case, whatever its punctuation."""


def spellings(text: str) -> tuple[str, str, str]:
    """Give the text as it is compared on each tier; an empty one is found nowhere."""
    folded = fold(text)
    return text, folded, words(folded)


class Spellings:
    """Nodes of one axis by name, abbreviation, synonym and slug; what is added stays in order."""

    __slots__ = ("_patterns", "_tiers", "nodes")

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self.nodes: dict[Node, None] = {}
        """Every node with names, in the order of addition."""
        self._tiers: tuple[dict[str, list[Node]], ...] = tuple({} for _ in range(TIERS))
        self._patterns: list[tuple[str, Node]] = []
        for node in nodes:
            self.add(node)

    def add(self, node: Node, abbreviation: str = "", synonyms: Sequence[str] = ()) -> None:
        """Put a node in the table under its own name and the others given."""
        self.nodes[node] = None
        name = node[-1]
        self._patterns.append((fold(name), node))
        self._spell(node, name)
        short = slug(name)
        if short != name:
            self._spell(node, short)
        if abbreviation:
            self._patterns.append((fold(abbreviation), node))
            self._spell(node, abbreviation)
        for synonym in synonyms:
            self._spell(node, synonym)

    def _spell(self, node: Node, text: str) -> None:
        for table, key in zip(self._tiers, spellings(text), strict=True):
            if not key:
                continue
            holders = table.get(key)
            if holders is None:
                table[key] = [node]
            elif node not in holders:
                holders.append(node)

    def at(self, tier: int, key: str) -> Sequence[Node]:
        """Give the nodes that bear the spelling on a tier (0 is the strictest); none where it is unknown."""
        return self._tiers[tier].get(key, ())

    def one(self, text: str) -> Node | None:
        """Give the node that the text means on the strictest tier that knows it; None unless it is one."""
        # Most values of the data are spelled to the letter; the other spellings are then not worked out.
        holders = self._tiers[0].get(text)
        if holders is None:
            _, folded, loose = spellings(text)
            holders = self._tiers[1].get(folded) or self._tiers[2].get(loose)
        return holders[0] if holders and len(holders) == 1 else None

    def like(self, pattern: str) -> list[Node]:
        """Give the nodes whose name or abbreviation fits a glob of `*` and `?`, without regard to case.

        Synonyms are left out: `organ/*ad*` is not meant to find the lung through the study code LUAD.
        """
        # Brackets mean themselves here; translate's pattern does not backtrack without end.
        fits = compile_pattern(translate(fold(pattern).replace("[", "[[]"))).match
        return list(dict.fromkeys(node for text, node in self._patterns if fits(text)))

    def texts(self) -> dict[str, Sequence[Node]]:
        """Give every spelling without regard to case with its nodes, for the search of the nearest."""
        return dict(self._tiers[1])
