"""Every name that can be selected: those of the lexicon and those that data brought."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from vqa_eval.records import Node
from vqa_eval.tree.expression import Segment
from vqa_eval.tree.lexicon import Lexicon
from vqa_eval.tree.names import KEYWORDS, fold, path
from vqa_eval.tree.spellings import Spellings, spellings

_SHOWN = 5


class Index:
    """Looks names up on the axes of a lexicon and of the nodes that data brought."""

    def __init__(self, lexicon: Lexicon, extra_nodes: Iterable[Node]) -> None:
        self._lexicon = lexicon
        self._brought: dict[str, dict[Node, None]] = {}
        for node in extra_nodes:
            if node:
                self._brought.setdefault(node[0], {})[node] = None
        self._spellings: dict[str, tuple[Spellings, ...]] = {}
        self.axes = tuple(dict.fromkeys((*lexicon.axes, *self._brought)))
        """The ids of all axes, the lexicon's first."""

    def axis(self, text: str) -> str | None:
        """Give the id of the axis that the text names, whatever its case; None if it names none."""
        if text in self.axes:
            return text
        return next((axis for axis in self.axes if fold(axis) == fold(text)), None)

    def tables(self, axis: str) -> tuple[Spellings, ...]:
        """Give the written and the brought names of an axis; the latter are sorted in when first asked."""
        if axis not in self._spellings:
            written = self._lexicon.table(axis) or Spellings()
            brought = Spellings(self._news(axis, written))
            self._spellings[axis] = (written, brought)
        return self._spellings[axis]

    def _news(self, axis: str, written: Spellings) -> dict[Node, None]:
        """Give the brought nodes, and those above them, that the lexicon does not hold."""
        brought = self._brought.get(axis, {})
        ways = (node[:depth] for node in brought for depth in range(2, len(node) + 1))
        return dict.fromkeys(node for node in ways if node not in written.nodes)

    def find(self, axes: Sequence[str], segments: Sequence[Segment]) -> list[Node]:
        """Give the nodes that a path means on the axes; several where it is a glob or not unique.

        Each name may stand at any depth below the one before. The strictest spelling that any axis knows
        decides. On one axis, a full path spelled to the letter means itself.
        """
        if len(axes) == 1 and not any(segment.is_glob for segment in segments):
            full = (axes[0], *(segment.text for segment in segments))
            if any(full in table.nodes for table in self.tables(axes[0])):
                return [full]
        found: set[Node] = {(axis,) for axis in axes}
        hits: list[Node] = []
        for segment in segments:
            hits = next(filter(None, self._below(found, axes, segment)), [])
            found = set(hits)
        return hits

    def _below(self, above: Collection[Node], axes: Sequence[str], segment: Segment) -> Iterator[list[Node]]:
        """Yield the nodes below others that a segment means, from the strictest tier on."""
        tables = [table for axis in axes for table in self.tables(axis)]
        if segment.is_glob:
            groups = [[node for table in tables for node in table.like(segment.text)]]
        else:
            keys = spellings(segment.text)
            groups = [[node for table in tables for node in table.at(tier, key)] for tier, key in enumerate(keys)]
        for group in groups:
            yield [node for node in group if any(node[:depth] in above for depth in range(1, len(node)))]

    def near_axes(self, text: str) -> list[str]:
        """Give the axes, and the root of keywords, whose ids look like the text."""
        return get_close_matches(fold(text), (*self.axes, KEYWORDS), n=2, cutoff=0.7)

    def suggestions(self, axes: Sequence[str], text: str) -> list[str]:
        """Give the paths that somebody who typed the text may have meant, the likeliest first.

        First the same name on another axis, then the nearest names on the axes asked, then elsewhere.
        """
        others = [axis for axis in self.axes if axis not in axes]
        same = self.find(others, [Segment(text, literal=True)])
        nodes = dict.fromkeys((*same, *self._near(axes, text), *self._near(others, text)))
        return [path(node) for node in nodes][:_SHOWN]

    def _near(self, axes: Sequence[str], text: str) -> list[Node]:
        """Give the nodes with names that look like the text, then those with names that hold it."""
        texts: dict[str, list[Node]] = {}
        for axis in axes:
            for table in self.tables(axis):
                for spelling, nodes in table.texts().items():
                    texts.setdefault(spelling, []).extend(nodes)
        wanted = fold(text)
        near = get_close_matches(wanted, texts, n=_SHOWN, cutoff=0.6)
        near += [spelling for spelling in texts if len(wanted) > 2 and wanted in spelling]
        return [node for spelling in near for node in texts[spelling]]
