"""The floors of every board, asked like models: they know the options or the key, never the picture.

`random` needs nothing, `longest` the options, `majority` the key of the selected samples. What they say goes
through the same rules and scores as any model's reply. Options are taken in the sample's order, so the label
at a position names the option at that position.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, ModelIdentity, Reply, Request, Sample

Lookup = Callable[[str], Sample]
"""Sample id to sample."""

BaselineName = Literal["random", "majority", "longest"]


class _Baseline:
    """What the three share: no pictures, one reply a request, no failure."""

    looks_at_pictures: bool = False
    channels: frozenset[Channel] = frozenset({"text"})
    max_pictures: int | None = None
    max_side: int | None = None

    def __init__(self, name: BaselineName, revision: str, note: str) -> None:
        self.identity = ModelIdentity(name, "baseline 1", revision, (note,))
        self._closed = False

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield the baseline's reply to each request, in order, pulling one at a time."""
        if self._closed:
            raise EngineError(f"the baseline {self.identity.name} is closed", "open it again")
        for request in requests:
            yield Reply(request.key, self._say(request), "stop")

    def close(self) -> None:
        """Refuse further asking."""
        self._closed = True

    def _say(self, request: Request) -> str:
        raise NotImplementedError


class RandomBaseline(_Baseline):
    """Says a label drawn uniformly by the request's own key: the same request always gets the same label."""

    def __init__(self) -> None:
        super().__init__("random", "1", "baseline: uniform over the labels")

    def _say(self, request: Request) -> str:
        labels = request.prompt.labels
        if not labels:
            return ""
        # 256 bits over a handful of labels: the bias of the remainder is far below anything countable.
        drawn = int.from_bytes(hashlib.sha256(f"random {request.key}".encode()).digest())
        return labels[drawn % len(labels)]


class MajorityBaseline(_Baseline):
    """Says, per benchmark, the most frequent right position or the most frequent reference text.

    Ties go to the lowest position and to the text that came first. Where a sample has no option at that
    position, nothing is said, so that its score is that of always naming one position.
    """

    def __init__(self, selected: Iterable[Sample], lookup: Lookup) -> None:
        self._positions: dict[str, Counter[int]] = {}
        self._texts: dict[str, Counter[str]] = {}
        for sample in selected:
            if sample.kind == "choice":
                self._positions.setdefault(sample.benchmark, Counter()).update(sample.correct)
            else:
                self._texts.setdefault(sample.benchmark, Counter()).update(sample.references)
        self._lookup = lookup
        # What it says depends on the samples it counted, so they are part of what fixes its "weights".
        counted = json.dumps(
            [
                {name: sorted(counts.items()) for name, counts in sorted(self._positions.items())},
                {name: counts.most_common(1) for name, counts in sorted(self._texts.items())},
            ],
            ensure_ascii=False,
        )
        digest = hashlib.sha256(counted.encode()).hexdigest()[:16]
        super().__init__("majority", digest, "baseline: most frequent right answer of each benchmark")

    def _say(self, request: Request) -> str:
        sample = self._lookup(request.sample)
        if sample.kind != "choice":
            commonest = self._texts.get(sample.benchmark, Counter()).most_common(1)
            return commonest[0][0] if commonest else ""
        counts = self._positions.get(sample.benchmark, Counter())
        position = min(counts, key=lambda place: (-counts[place], place), default=-1)
        return _name(request, sample, position if position < len(sample.options) else -1)


class LongestBaseline(_Baseline):
    """Says the label of the longest option (in characters), the first of several; nothing without options."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__("longest", "1", "baseline: the longest option")
        self._lookup = lookup

    def _say(self, request: Request) -> str:
        sample = self._lookup(request.sample)
        lengths = [len(option) for option in sample.options]
        return _name(request, sample, lengths.index(max(lengths)) if lengths else -1)


def open_baseline(
    name: str, selected: Iterable[Sample], lookup: Lookup
) -> RandomBaseline | MajorityBaseline | LongestBaseline:
    """Return the baseline of that name; only `majority` reads the selected samples."""
    if name == "random":
        return RandomBaseline()
    if name == "majority":
        return MajorityBaseline(selected, lookup)
    if name == "longest":
        return LongestBaseline(lookup)
    raise EngineError(f"no baseline is called {name!r}", f"baselines: {', '.join(get_args(BaselineName))}")


def _name(request: Request, sample: Sample, position: int) -> str:
    """Return the label at the position, the option's text where the prompt gives no labels, or nothing."""
    if position < 0:
        return ""
    labels = request.prompt.labels
    return labels[position] if position < len(labels) else sample.options[position]
