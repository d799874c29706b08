"""What stands in a benchmark twice: ids, questions, options, and what two splits share."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator

from vqa_eval.pipeline.vetting.finding import Finding, Tally
from vqa_eval.pipeline.vetting.labels import labelled
from vqa_eval.records import Sample
from vqa_eval.tree.names import fold

TWICE = "one id in two tables"
"""The check after which nothing can be run."""


class Doubles:
    """Looks at every sample once; memory holds a digest of each."""

    def __init__(self, evaluated: Collection[str]) -> None:
        """Compare the `evaluated` splits with the others."""
        self._evaluated = evaluated
        self._ids: set[str] = set()
        self._keys: dict[bytes, frozenset[str]] = {}
        self._shared = (_Shared("picture"), _Shared("patient, slide or picture"))
        self._twice = Tally(TWICE, "wrong", "no run can hold both: name a `part` or a column `id`")
        self._again = Tally("questions asked again", "odd", "same words, options, context and picture, same key")
        self._torn = Tally(
            "questions with two keys", "wrong", "same words, options, context and picture, but another right option"
        )
        self._other = Tally("questions with two texts", "odd", "same words, context and picture, another right text")
        self._equal = Tally("right option given twice", "wrong", "another option has the very same text")
        self._labelled = Tally("options with labels", "odd", "they begin with A, B … already: a model sees two labels")
        self._alike = Tally("options alike", "odd", "two options of one question differ in case and blanks at most")

    def look(self, sample: Sample) -> None:
        """Look at the next sample."""
        self._twice.look(sample.id in self._ids, sample.id)
        self._ids.add(sample.id)
        self._question(sample)
        if sample.options:
            self._options(sample)
        pictures = {image.digest or image.name for image in sample.images}
        for shared, marks in zip(self._shared, (pictures, {sample.cluster}), strict=True):
            shared.look(sample, marks, sample.split in self._evaluated)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, the wrong before the odd."""
        for tally in (self._twice, self._torn, self._equal, self._other, self._again, self._alike, self._labelled):
            yield tally.finding()
        pictures, clusters = (list(shared.findings()) for shared in self._shared)
        yield from pictures
        # Where nothing names a patient or slide, the cluster is the picture and says the same once more.
        yield from (found for found in clusters if [found.count] != [other.count for other in pictures])

    def _question(self, sample: Sample) -> None:
        asked = hashlib.blake2b(repr(_asked(sample)).encode("utf-8", "replace"), digest_size=16).digest()
        key = frozenset(fold(sample.options[at]) for at in sample.correct) | frozenset(map(fold, sample.references))
        seen = asked in self._keys
        same = self._keys.setdefault(asked, key) == key
        self._again.look(seen and same, sample.id)
        tally = self._torn if sample.kind == "choice" else self._other
        tally.look(seen and not same, sample.id)

    def _options(self, sample: Sample) -> None:
        plain = Counter(" ".join(option.split()) for option in sample.options)
        right = {" ".join(sample.options[at].split()) for at in sample.correct}
        self._equal.look(any(plain[text] > 1 for text in right) and not sample.multi, sample.id)
        self._labelled.look(labelled(sample.options), sample.id)
        self._alike.look(len({fold(option) for option in sample.options}) < len(sample.options), sample.id)


def _asked(sample: Sample) -> tuple[object, ...]:
    """Return what makes two questions the same one, whatever the order of the options."""
    pictures = [(image.digest or image.name, image.view) for image in sample.images]
    return fold(sample.question), sorted(map(fold, sample.options)), fold(sample.context), pictures


class _Shared:
    """Samples of evaluated splits whose picture, or cluster, other splits hold too."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._evaluated: dict[str, list[str]] = {}
        self._others: set[str] = set()
        self._samples = 0

    def look(self, sample: Sample, marks: Collection[str], evaluated: bool) -> None:
        if not evaluated:
            self._others.update(marks)
            return
        self._samples += 1
        for mark in marks:
            self._evaluated.setdefault(mark, []).append(sample.id)

    def findings(self) -> Iterator[Finding]:
        if not self._others or not self._evaluated:
            return  # there is one side only
        tally = Tally(
            f"{self._what} in two splits",
            "odd",
            "samples that are evaluated on share it with a split for training: scores may be too good",
        )
        for mark, ids in self._evaluated.items():
            for identity in ids if mark in self._others else ():
                tally.look(True, identity)
        tally.of = self._samples
        yield tally.finding()
