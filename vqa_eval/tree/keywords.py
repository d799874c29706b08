"""The virtual root `keywords`: the labels that a published tree puts under a value and a modality.

GMAI-MMBench's customised evaluation (supplement C.2 of arXiv 2408.03361) chooses a value of one of its three trees,
then a modality, takes the labels found there as keywords, and keeps the questions whose right answer is one of them.
Across trees the keyword sets are intersected. Here that is a path, and the intersection is `&`:

    keywords/department/Ophthalmology/Fundus Photography & keywords/task/DD/Fundus Photography

Without a modality the keywords of all modalities are joined; commas and `|` join sets, `!` leaves one out. Names are
found as on their own axes, by abbreviation too, but they mean the published entry alone: `MRI` is what the tree lists
as MRI, not the sequences that our modality axis puts below it. What is selected are labels: a keyword that other
modalities share selects their questions too, as it does in the paper, unless `& modality/…` stands beside it.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn

from vqa_eval.errors import TreeError
from vqa_eval.records import Node
from vqa_eval.records.keywords import KeywordTrees
from vqa_eval.tree.expression import Segment
from vqa_eval.tree.index import Index
from vqa_eval.tree.names import KEYWORDS, path, quoted
from vqa_eval.tree.rules import Under

LABEL = "label"
MODALITY = "modality"
_EXAMPLE = "Write, for instance, keywords/department/Ophthalmology/Fundus Photography."
_SHOWN = 8

Find = Callable[[Sequence[str], Sequence[Segment]], Under]
"""Names on one axis to the rule for their nodes; raises TreeError with the nearest where they mean none."""


def keyword_rule(typed: Sequence[Segment], trees: KeywordTrees, index: Index, find: Find) -> Under:
    """Return the rule for the labels that a path below `keywords` means: axis, value, and modality if one is given.

    Raises TreeError for an axis without a published tree, for names that mean nothing, with the nearest ones, and for
    a value that the tree has not on that modality, with those on which it has it.
    """
    axis = index.axis(typed[0].text) if typed else None
    if axis is None or axis not in trees:
        said = f"no keywords are published by {typed[0].text!r}" if typed else "keywords of what?"
        raise TreeError(said, f"They are by {', '.join(trees)}. {_EXAMPLE}" if trees else _EXAMPLE)
    named = typed[1:]
    if not named:
        raise TreeError(f"keywords of which {axis}?", _EXAMPLE)
    value, modality = _parted(axis, named, index, find)
    tree = {node: entries for name, entries in trees[axis].items() for node in index.find((axis,), [_literal(name)])}
    chosen = [tree[node] for node in value.nodes if node in tree]
    wanted = None if modality is None else {node[-1] for node in modality.nodes}
    labels = {
        label
        for entries in chosen
        for name, below in entries.items()
        if wanted is None or name in wanted
        for label in below
    }
    if not labels:
        _refuse(value, sorted({name for entries in chosen for name in entries}), modality)
    nodes: frozenset[Node] = frozenset((LABEL, label) for label in labels)
    parts = [KEYWORDS, value.text, *([] if modality is None else [_last(modality, named[-1])])]
    return Under("/".join(parts), LABEL, nodes, exact=True)


def _parted(axis: str, named: Sequence[Segment], index: Index, find: Find) -> tuple[Under, Under | None]:
    """Return the rules for the value and for the modality; the last of several names is the modality."""
    whole = _literal("/".join(segment.text for segment in named))
    if len(named) == 1 or index.find((axis,), [whole]):
        return find((axis,), [whole] if len(named) > 1 else named), None  # a name may hold a slash itself: ENT/HNS
    return find((axis,), named[:-1]), find((MODALITY,), named[-1:])


def _literal(name: str) -> Segment:
    return Segment(name, literal=True)


def _last(modality: Under, typed: Segment) -> str:
    """Return the modality as it is typed last: its own name without what our axis puts above it, or the glob."""
    return str(typed) if typed.is_glob else quoted(next(iter(modality.nodes))[-1])


def _refuse(value: Under, there: Sequence[str], modality: Under | None) -> NoReturn:
    on = "" if modality is None else f" on {', '.join(sorted(path(node) for node in modality.nodes)[:_SHOWN])}"
    shown = ", ".join(there[:_SHOWN]) + (", …" if len(there) > _SHOWN else "")
    raise TreeError(f"no keywords are published for {value}{on}", f"It has them on {shown}." if there else _EXAMPLE)
