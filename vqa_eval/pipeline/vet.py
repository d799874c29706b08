"""Looking a benchmark over before anybody is asked: what is wrong with it, what is odd, what is fine."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.pipeline.vetting.doubles import TWICE, Doubles
from vqa_eval.pipeline.vetting.finding import SHOWN, Finding, Tally
from vqa_eval.pipeline.vetting.gold import replay
from vqa_eval.pipeline.vetting.leaks import Leaks
from vqa_eval.pipeline.vetting.sights import look_at_pictures
from vqa_eval.records import FormSpec, Sample, TaskSpec
from vqa_eval.samples import Library, Shelf, command_for
from vqa_eval.tree import Lexicon


class Watcher(Protocol):
    """Somebody who looks on while a benchmark is looked over."""

    def begins(self, step: str, total: int) -> None:
        """Note that a step begins that has `total` things to look at."""

    def goes(self, done: int) -> None:
        """Note how many of them are done."""


def vet(task: TaskSpec, catalog: Catalog, library: Library, watcher: Watcher) -> Iterator[Finding]:
    """Yield one finding a check over everything that is at hand of a benchmark.

    Raises DataError where nothing of it is at hand.
    """
    shelves = library.shelves(task)
    if not shelves:
        raise DataError(f"nothing of {task.id} is at hand", command_for(task))
    forms = {form.name: form for form in task.forms}
    yield _stale(task, library)
    for shelf in shelves:
        yield from _whole(shelf, forms[shelf.about.form])
    words = list(_words(task, shelves, watcher))
    yield from words
    yield from _places(task, shelves, Lexicon(catalog.axes))
    for shelf in shelves:
        form = forms[shelf.about.form]
        if form.image is not None:
            watcher.begins(f"pictures of {shelf.about.form}", shelf.about.pictures)
            yield from look_at_pictures(shelf, _samples(shelf), form, watcher.goes)
    if any(finding.check == TWICE and finding.count for finding in words):
        return  # no run can hold them
    watcher.begins("replies that know the key", 2 * sum(shelf.about.samples for shelf in shelves))
    yield from replay(task.id, catalog, library, watcher.goes)


def _samples(shelf: Shelf) -> Iterator[Sample]:
    for number, _, _ in shelf.ids(leaf.number for leaf in shelf.leaves()):
        yield shelf.sample(number)


def _stale(task: TaskSpec, library: Library) -> Finding:
    stale = library.stale(task)
    said = f"prepared under an earlier task file: vqa-eval data prepare {task.id}" if stale else ""
    return Finding("tables out of date", "wrong" if stale else "fine", len(stale), len(task.forms), said, tuple(stale))


def _whole(shelf: Shelf, form: FormSpec) -> Iterator[Finding]:
    """Yield whether a table has the rows that its publisher says."""
    if form.expects is not None:
        off = abs(shelf.about.samples - form.expects)
        said = f"{form.name}: {shelf.about.samples:,} are at hand, {form.expects:,} are published" if off else ""
        yield Finding("samples too few or too many", "wrong" if off else "fine", off, form.expects, said)


def _words(task: TaskSpec, shelves: list[Shelf], watcher: Watcher) -> Iterator[Finding]:
    """Yield what can be seen in questions, options and keys."""
    doubles, leaks = Doubles(task.evaluate), Leaks()
    empty = Tally("empty questions", "wrong", "there is nothing to ask")
    keyless = Tally("samples without a key", "odd", "they are asked, but no score counts them")
    done = 0
    watcher.begins("questions", sum(shelf.about.samples for shelf in shelves))
    for shelf in shelves:
        for sample in _samples(shelf):
            doubles.look(sample)
            empty.look(not sample.question.strip() and sample.kind != "caption", sample.id)
            if sample.split in task.evaluate:
                leaks.look(sample)
                keyless.look(not sample.has_key, sample.id)
            done += 1
            watcher.goes(done)
    yield empty.finding()
    yield keyless.finding()
    yield from doubles.findings()
    yield from leaks.findings()


def _places(task: TaskSpec, shelves: list[Shelf], lexicon: Lexicon) -> Iterator[Finding]:
    """Yield the axes and names that the lexicon does not know."""
    axes = {axis for form in task.forms for axis in (*form.facets, *form.nodes)}
    unknown = tuple(sorted(axes - set(lexicon.axes)))
    said = "a file tasks/lexicon/AXIS.yaml makes each one" if unknown else ""
    yield Finding("axes not in the lexicon", "odd" if unknown else "fine", len(unknown), len(axes), said, unknown)
    names: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for shelf in shelves:
        for leaf in shelf.leaves():
            names.update({place: leaf.samples for place in leaf.facets if lexicon.nodes(place[0])})
    strange = [(axis, name) for axis, name in names if lexicon.place(axis, name) not in lexicon.nodes(axis)]
    shown = tuple(f"{axis}: {' / '.join(name)}" for axis, name in sorted(strange)[:SHOWN])
    said = "they stay as they are spelled and hang under no other name" if strange else ""
    yield Finding("names not in the lexicon", "odd" if strange else "fine", len(strange), len(names), said, shown)
