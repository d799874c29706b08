"""Which samples a run asks: the selection, cut out of every benchmark at hand; what is left out is said."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vqa_eval.catalog import Catalog
from vqa_eval.errors import TreeError
from vqa_eval.records import FormSpec, Node, Sample, TaskSpec
from vqa_eval.records.codec import sample_from, with_nodes
from vqa_eval.samples import Leaf, Library, Shelf, command_for, same_samples
from vqa_eval.tree import Lexicon, Selection, parse, resolve


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf with its nodes in the tree."""

    leaf: Leaf
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """The selected leaves of one prepared form."""

    task: TaskSpec
    shelf: Shelf
    leaves: tuple[Placed, ...]

    @property
    def samples(self) -> int:
        """Number of samples under the leaves."""
        return sum(placed.leaf.samples for placed in self.leaves)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A matching benchmark, a part of one or the rows of a table that are not at hand; the command that brings it."""

    name: str
    samples: int | None
    """Rows that it has as published, of which some match; None where that is not known."""
    command: str


class Tree:
    """The lexical tree with every prepared form hanging in it."""

    def __init__(self, catalog: Catalog, library: Library) -> None:
        """Place the leaves of everything at hand; what is shipped is prepared on first use."""
        self.lexicon = Lexicon(catalog.axes)
        self.tasks = catalog.tasks
        self._catalog, self._library = catalog, library
        self.picks = [
            Pick(task, shelf, tuple(self._placed(leaf) for leaf in shelf.leaves()))
            for task in self.tasks.values()
            for shelf in library.shelves(task)
        ]
        self._nodes = {node for pick in self.picks for placed in pick.leaves for node in placed.nodes}
        self._nodes |= {("benchmark", *self._benchmark(task, form)) for task, form in self._forms()}
        self._nodes |= {("split", split) for _, form in self._forms() for split in _splits(form)}

    def select(self, texts: Sequence[str]) -> Selection:
        """Return the selection that the texts name together; TreeError with the nearest names otherwise."""
        try:
            return resolve(parse(texts), self.lexicon, self._nodes, lambda: self._catalog.keywords)
        except TreeError as error:
            strange = ", ".join(self._library.strangers(self.tasks))
            hint = (
                f"{error.hint} Prepared, but described by no catalogue at hand: {strange}: add --catalog FOLDER".strip()
            )
            raise TreeError(error.message, hint if strange else error.hint) from error

    def cut(self, selection: Selection) -> list[Pick]:
        """Return what the selection takes of each prepared form, empty ones left out.

        Where the selection does not name a split, each benchmark gives the splits that it is evaluated on.
        """
        cut = []
        for pick in self.picks:
            leaves = tuple(
                placed
                for placed in pick.leaves
                if selection.matches(placed.nodes) and self._due(pick.task, placed.nodes, selection)
            )
            if leaves:
                cut.append(replace(pick, leaves=leaves))
        return cut

    def left_out(self, selection: Selection) -> list[LeftOut]:
        """Return what the selection may match and is not at hand."""
        there = [(pick.task.id, _form(pick)) for pick in self.picks]
        left_out: list[LeftOut] = []
        for task, form in self._forms():
            known = any(name == task.id and (form == other or same_samples(form, other)) for name, other in there)
            if known or not self._may_match(task, form, selection):
                continue
            there.append((task.id, form))  # another layout of the same samples is not missed a second time
            name = "/".join(part for part in (task.id, form.part) if part)
            left_out.append(LeftOut(name, form.expects, command_for(task)))
        return [*left_out, *self._incomplete(selection)]

    def _incomplete(self, selection: Selection) -> Iterator[LeftOut]:
        """Yield what is at hand with other rows than are published, of the forms that the selection takes from."""
        for pick in self.cut(selection):
            expects, here = _form(pick).expects, pick.shelf.about.samples
            if expects not in (None, here):
                name = f"{pick.task.id}/{pick.shelf.about.form} with its published {expects:,} rows instead of {here:,}"
                yield LeftOut(name, expects, command_for(pick.task))

    def at_hand(self) -> Counter[str]:
        """Return the number of samples at hand by benchmark."""
        return _by_benchmark(self.picks)

    def _placed(self, leaf: Leaf) -> Placed:
        nodes = tuple(dict.fromkeys(self.lexicon.place(axis, names) for axis, names in leaf.facets))
        return Placed(leaf, nodes)

    def _forms(self) -> Iterator[tuple[TaskSpec, FormSpec]]:
        return ((task, form) for task in self.tasks.values() for form in task.forms)

    @staticmethod
    def _benchmark(task: TaskSpec, form: FormSpec) -> tuple[str, ...]:
        return (task.id, form.part) if form.part else (task.id,)

    @staticmethod
    def _due(task: TaskSpec, nodes: Sequence[Node], selection: Selection) -> bool:
        return "split" in selection.axes or any(node[0] == "split" and node[1] in task.evaluate for node in nodes)

    def _may_match(self, task: TaskSpec, form: FormSpec, selection: Selection) -> bool:
        splits = _splits(form)
        if "split" not in selection.axes and not set(splits) & set(task.evaluate):
            return False
        known: dict[str, list[Node] | None] = {
            "benchmark": [("benchmark", *self._benchmark(task, form))],
            "split": [("split", split) for split in splits],
        }
        for axis, values in form.nodes.items():
            known[axis] = [self.lexicon.place(axis, value) for value in values]
        known.update(dict.fromkeys(form.facets))
        return selection.could_match(known)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks."""

    selection: Selection
    picks: tuple[Pick, ...]
    left_out: tuple[LeftOut, ...]
    limit: int | None
    seed: int

    @property
    def matching(self) -> int:
        """Number of samples at hand that match, before the limit."""
        return sum(pick.samples for pick in self.picks)

    @property
    def size(self) -> int:
        """Number of samples that are asked."""
        return self.matching if self.limit is None else min(self.limit, self.matching)

    def by_benchmark(self) -> Counter[str]:
        """Return the number of matching samples at hand by benchmark."""
        return _by_benchmark(self.picks)

    def samples(self) -> Iterator[Sample]:
        """Yield the samples with their nodes, questions on one picture together.

        A limit takes the samples with the smallest sha256 of seed and id: the same ones on every machine,
        and a larger limit keeps those of a smaller one.
        """
        return (sample_from(text) for _, text in self.texts())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the ids of the samples, each with the sample as `records.codec` writes it: quick to hand on."""
        kept = None if self.limit is None else self._drawn(self.limit)
        for position, pick in enumerate(self.picks):
            nodes = {placed.leaf.number: placed.nodes for placed in pick.leaves}
            found = (entry for entry in pick.shelf.ids(nodes) if kept is None or (position, entry[0]) in kept)
            for identity, leaf, text in pick.shelf.texts(found):
                yield identity, with_nodes(text, nodes[leaf])

    def _drawn(self, limit: int) -> set[tuple[int, int]]:
        ranked = (
            (hashlib.sha256(f"{self.seed}/{identity}".encode()).digest(), position, number)
            for position, pick in enumerate(self.picks)
            for number, identity, _ in pick.shelf.ids(placed.leaf.number for placed in pick.leaves)
        )
        return {(position, number) for _, position, number in heapq.nsmallest(limit, ranked)}


def make_plan(tree: Tree, texts: Sequence[str], limit: int | None, seed: int) -> Plan:
    """Return the plan for a selection.

    Raises TreeError where a name is unknown, or where nothing at hand matches (with counts).
    """
    selection = tree.select(texts)
    picks = tuple(tree.cut(selection))
    left_out = tuple(tree.left_out(selection))
    if not picks:
        counts = ", ".join(f"{name} {count:,}" for name, count in tree.at_hand().items()) or "nothing"
        more = "; ".join(f"{missing.command}" for missing in left_out[:3])
        raise TreeError(
            f"no sample at hand under {selection} (at hand: {counts})",
            f"bring data: {more}" if more else "see what there is: vqa-eval tree",
        )
    return Plan(selection, picks, left_out, limit, seed)


def _splits(form: FormSpec) -> list[str]:
    """Return the splits that a form may hold, as its task file says."""
    spec = form.split
    mapped = spec.column.mapping.values() if spec.column and spec.column.mapping else ()
    return [split for split in dict.fromkeys((spec.name, spec.otherwise, *mapped)) if split]


def _by_benchmark(picks: Sequence[Pick]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for pick in picks:
        counts[pick.task.id] += pick.samples
    return counts


def _form(pick: Pick) -> FormSpec:
    return next(form for form in pick.task.forms if form.name == pick.shelf.about.form)
