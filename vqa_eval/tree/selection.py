"""A selection: the expression with every name looked up, ready to say which samples it takes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from vqa_eval.errors import TreeError
from vqa_eval.records import Node
from vqa_eval.records.keywords import KeywordTrees
from vqa_eval.tree.expression import And, Everything, Expression, Named, Not, Or, Segment
from vqa_eval.tree.index import Index
from vqa_eval.tree.keywords import keyword_rule
from vqa_eval.tree.lexicon import Lexicon
from vqa_eval.tree.names import KEYWORDS, fold, path, quoted
from vqa_eval.tree.rules import AllOf, AnyOf, Inverse, Rule, Under, Values


@dataclass(frozen=True, slots=True)
class Selection:
    """Which samples are meant; its text is canonical and resolves to an equal selection."""

    rule: Rule

    @property
    def axes(self) -> frozenset[str]:
        """The axes that the selection names."""
        return self.rule.axes()

    def matches(self, nodes: Collection[Node]) -> bool:
        """Whether a sample that hangs under the nodes is taken."""
        return self.rule.matches(nodes)

    def could_match(self, axes_with_values: Values) -> bool:
        """Whether a benchmark may hold a sample that is taken, as far as its axes tell; False is certain.

        An axis that is absent: no sample has a value on it. None: the values are unknown. A collection: every
        value that occurs, and each sample has at least one of them; where some sample may have none, the
        bare (axis,) belongs to the collection.
        """
        return self.rule.bounds(axes_with_values)[0]

    def __str__(self) -> str:
        return str(self.rule)


def resolve(
    expression: Expression,
    lexicon: Lexicon,
    extra_nodes: Iterable[Node] = (),
    keywords: Callable[[], KeywordTrees] = dict,
) -> Selection:
    """Give the selection that an expression means in a lexicon and the nodes that data brought.

    A name stands for the node that bears it at any depth of its axis, by name, abbreviation, synonym or slug.
    A name without an axis takes that of the path before it in a list, if it is found there; otherwise it is
    looked up on all axes, where a spelling that fits to the letter goes before one that does not. A glob
    stands for the names that are known now. A path that begins with `keywords` means labels: see `tree.keywords`, whose
    published trees are only asked for then. Raises `TreeError` with the nearest paths for a name that is
    unknown or means several nodes.
    """
    return Selection(_Resolver(Index(lexicon, extra_nodes), keywords).rule(expression))


class _Resolver:
    """Walks an expression from left to right, remembering the axis of the last path."""

    def __init__(self, index: Index, keywords: Callable[[], KeywordTrees]) -> None:
        self._index = index
        self._keywords = keywords
        self._last_axis: str | None = None

    def rule(self, expression: Expression) -> Rule:
        match expression:
            case Everything():
                return AllOf(())
            case Named():
                rule = self._path(expression)
                self._last_axis = rule.axis
                return rule
            case Not(part):
                return _inverse(self.rule(part))
            case And(parts):
                return _all_of([self.rule(part) for part in parts])
            case Or(parts):
                return _any_of([self.rule(part) for part in parts])

    def _path(self, typed: Named) -> Under:
        head, *rest = typed.segments
        axis = None if head.exact or head.is_glob else self._index.axis(head.text)
        if axis is None and not head.literal and fold(head.text) == KEYWORDS:
            return keyword_rule(rest, self._keywords(), self._index, self._under)
        if axis is not None and rest:
            return self._under((axis,), rest)
        if axis is not None and not head.literal:
            return Under(quoted(axis), axis, frozenset({(axis,)}))
        if typed.follows and self._last_axis is not None:
            axes = (self._last_axis,)
            if self._index.find(axes, typed.segments):
                return self._under(axes, typed.segments)
        return self._under(self._index.axes, typed.segments)

    def _under(self, axes: Sequence[str], segments: Sequence[Segment]) -> Under:
        """Give the rule for a path below the axes, or raise `TreeError` if it means none or several nodes."""
        nodes = self._index.find(axes, segments)
        if not nodes and len(segments) > 1 and not any(segment.is_glob or segment.literal for segment in segments):
            # A name may hold a slash itself: ENT/HNS is one department.
            whole = Segment("/".join(segment.text for segment in segments), literal=True, exact=segments[-1].exact)
            nodes = self._index.find(axes, [whole])
            segments = [whole] if nodes else segments
        if not nodes:
            self._unknown(axes, segments)
        has_glob = any(segment.is_glob for segment in segments)
        if len({node[0] for node in nodes}) > 1 or (len(nodes) > 1 and not has_glob):
            self._ambiguous(segments, nodes)
        axis, *names = nodes[0]
        exact = segments[-1].exact
        if has_glob:
            texts = [str(segment) for segment in segments]
        else:
            # The names of the node go in quotes where they need them, a star among them means itself.
            texts = [*map(quoted, names[:-1]), ("=" if exact else "") + quoted(names[-1])]
        return Under("/".join((quoted(axis), *texts)), axis, frozenset(nodes), exact)

    def _unknown(self, axes: Sequence[str], segments: Sequence[Segment]) -> NoReturn:
        last = next(end for end in range(1, len(segments) + 1) if not self._index.find(axes, segments[:end]))
        wrong = segments[last - 1]
        hits = self._index.suggestions(axes, wrong.text)
        named = "/".join(segment.text for segment in segments)
        if len(axes) == 1:
            above = "/".join(segment.text for segment in segments[: last - 1])
            place = f" below {above!r}" if above else ""
            message = f"axis {axes[0]!r} holds no {wrong.text!r}{place}"
            otherwise = f"`vqa-eval tree {axes[0]}` lists its names."
        else:
            message = f"nothing in the tree is called {named!r}"
            otherwise = f"The axes are {', '.join(self._index.axes)}."
            head, *rest = segments
            hits[:0] = ["/".join((axis, *map(str, rest))) for axis in self._index.near_axes(head.text)]
        raise TreeError(message, f"Did you mean {', '.join(hits)}?" if hits else otherwise)

    def _ambiguous(self, segments: Sequence[Segment], nodes: Sequence[Node]) -> NoReturn:
        named = "/".join(segment.text for segment in segments)
        candidates = list(dict.fromkeys(map(path, nodes)))
        shown = ", ".join(candidates[:8]) + (", …" if len(candidates) > 8 else "")
        raise TreeError(f"{named!r} means more than one node", f"Say which of {shown}.")


def _inverse(part: Rule) -> Rule:
    if part == AllOf(()):
        raise TreeError("the negation of everything selects nothing", "Name what is to be left out.")
    return part.part if isinstance(part, Inverse) else Inverse(part)


def _all_of(parts: Sequence[Rule]) -> Rule:
    flat: dict[Rule, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,))
    rules = tuple(flat)
    return rules[0] if len(rules) == 1 else AllOf(rules)


def _any_of(parts: Sequence[Rule]) -> Rule:
    flat: dict[Rule, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,))
    rules = tuple(flat)
    if AllOf(()) in flat:
        return AllOf(())
    return rules[0] if len(rules) == 1 else AnyOf(rules)
