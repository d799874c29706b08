"""The axes of the tree and their canonical names: where a raw value of the data belongs."""

from collections.abc import Iterable, Sequence
from typing import NoReturn

from vqa_eval.errors import TreeError
from vqa_eval.records import AxisSpec, Node, ValueSpec
from vqa_eval.tree.names import fold, is_typable, slug
from vqa_eval.tree.spellings import Spellings


class Lexicon:
    """The axes that people wrote down, with every name known on them.

    Raises `TreeError` where an axis or a name is given twice, a name is empty, a parent does not exist or
    leads in a circle, or one abbreviation, synonym or slug would mean two values.
    """

    def __init__(self, axes: Iterable[AxisSpec]) -> None:
        self._specs: dict[str, AxisSpec] = {}
        self._spellings: dict[str, Spellings] = {}
        for spec in axes:
            if spec.id in self._specs:
                raise TreeError(f"axis {spec.id!r} is written down twice", "Keep one lexicon file an axis.")
            if not is_typable(spec.id):
                raise TreeError(f"axis {spec.id!r} cannot be typed", "Name it by letters, digits and hyphens.")
            self._specs[spec.id] = spec
            self._spellings[spec.id] = _spelled(spec)

    @property
    def axes(self) -> tuple[str, ...]:
        """The ids of the axes, in the order given."""
        return tuple(self._specs)

    def spec(self, axis: str) -> AxisSpec | None:
        """Give the axis as it was written down; None for one that only data know."""
        return self._specs.get(axis)

    def nodes(self, axis: str) -> tuple[Node, ...]:
        """Give the canonical nodes of an axis in written order; none for an unknown axis."""
        table = self._spellings.get(axis)
        return tuple(table.nodes) if table else ()

    def table(self, axis: str) -> Spellings | None:
        """Give the names of an axis for look-up; None for an unknown axis."""
        return self._spellings.get(axis)

    def place(self, axis: str, raw_value: str | tuple[str, ...]) -> Node:
        """Give the node under which a raw value of the data belongs, with all its parents.

        A known value is found by name, abbreviation, synonym or slug, whatever its case. An unknown one, or a
        spelling that means several, stays as it stands: (axis, value). A tuple goes from the broad to the
        narrow; each name is looked up below the one before. An empty value gives (axis,), a node that no
        selection takes.
        """
        if isinstance(raw_value, str):
            name = raw_value.strip()
            return self._find(axis, name) or ((axis, name) if name else (axis,))
        node: Node = (axis,)
        for name in filter(None, map(str.strip, raw_value)):
            found = self._find(axis, name)
            node = found if found and found[: len(node)] == node else (*node, name)
        return node

    def known(self, axis: str, value: str) -> bool:
        """Whether the value, in any of its spellings, means one canonical node of the axis."""
        return self._find(axis, value.strip()) is not None

    def _find(self, axis: str, name: str) -> Node | None:
        table = self._spellings.get(axis)
        return table.one(name) if table else None


def _spelled(spec: AxisSpec) -> Spellings:
    """Give the table of one axis, or raise `TreeError` naming the axis and the value that is wrong."""
    values: dict[str, ValueSpec] = {}
    for value in spec.values:
        if not value.name.strip():
            raise TreeError(f"axis {spec.id!r} holds a value without a name", "Give it one, or take it out.")
        if value.name in values:
            raise TreeError(f"axis {spec.id!r} names {value.name!r} twice", "Take one of the two out.")
        values[value.name] = value
    table = Spellings()
    nodes: dict[str, Node] = {}
    for value in values.values():
        table.add(_node(spec.id, value, values, nodes), value.abbreviation, value.synonyms)
    for value in values.values():
        _check_spellings(spec.id, value, nodes[value.name], table)
    return table


def _node(axis: str, value: ValueSpec, values: dict[str, ValueSpec], nodes: dict[str, Node]) -> Node:
    """Give the full path of a value, remembering it and those of its parents in `nodes`."""
    climbed: dict[str, None] = {}
    at = value
    while at.name not in nodes and at.parent:
        climbed[at.name] = None
        if at.parent in climbed:
            raise TreeError(
                f"axis {axis!r}: the parents of {value.name!r} go in a circle through {at.parent!r}",
                "Let one of them hang directly under the axis.",
            )
        if at.parent not in values:
            raise TreeError(
                f"axis {axis!r}: {at.name!r} has the parent {at.parent!r}, which does not exist",
                "Spell the parent exactly as its own name, or add it.",
            )
        at = values[at.parent]
    node = nodes.setdefault(at.name, (axis, at.name))
    for name in reversed(climbed):
        node = nodes[name] = (*node, name)
    return node


def _check_spellings(axis: str, value: ValueSpec, node: Node, table: Spellings) -> None:
    """Raise `TreeError` where another spelling of the value means a second value too.

    Names that differ only by case or punctuation are left alone: each is still found to the letter.
    """
    for text in filter(None, (value.abbreviation, *value.synonyms)):
        if len(table.at(1, fold(text))) > 1:
            _refuse(axis, value, text, table.at(1, fold(text)))
    short = slug(value.name)
    if short != value.name and table.one(short) != node:
        _refuse(axis, value, short, table.at(0, short))


def _refuse(axis: str, value: ValueSpec, text: str, holders: Sequence[Node]) -> NoReturn:
    names = ", ".join(repr(node[-1]) for node in holders if node[-1] != value.name)
    raise TreeError(
        f"axis {axis!r}: {text!r}, another spelling of {value.name!r}, also means {names}",
        "Leave the spelling to one of them.",
    )
