"""The cheap step: replies become answers, answers become scores; made again at will, with no engine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from vqa_eval.answers import abstained, profiles, read_choice, read_label, read_logprobs, read_text
from vqa_eval.answers.votes import vote
from vqa_eval.errors import CatalogError
from vqa_eval.metrics import Metric, find, for_kind, for_shares, metric_profiles
from vqa_eval.pipeline.naming import Naming
from vqa_eval.pipeline.scored_by import Metrics, fitted, lacking, metrics_of
from vqa_eval.pipeline.signature import versions
from vqa_eval.pipeline.workers import spread
from vqa_eval.records import PLAIN, Answer, Reply, Row, Sample, Score, Variant
from vqa_eval.records.codec import mark_text, sample_from
from vqa_eval.rendering import option_labels, varied
from vqa_eval.store import RULES, Reading, RunStore, Said


def mark(store: RunStore, names: Sequence[str] | None = None, more: Sequence[str] | None = None) -> None:
    """Read every stored reply of a run and score it; earlier answers and scores are replaced.

    `names` are profiles: other harnesses' parsers read the plain replies to choice questions beside our
    rules, and their caption metrics score beside ours. `more` are metrics beside those of each kind. Either
    is that of the last marking where it is None. Raises CatalogError for a profile or a metric that is none,
    or that cannot be computed on this machine; the marks are then as they were.
    """
    before = store.marks.marked_with
    names = before.get("profiles", ()) if names is None else names
    more = before.get("metrics", ()) if more is None else more
    readers = {name: profiles.find(name) for name in names if name in profiles.names()}
    unknown = [name for name in names if name not in all_profiles()]
    if unknown:
        raise CatalogError(f"there is no profile {unknown[0]!r}", f"profiles: {', '.join(all_profiles())}")
    metrics = fitted(store, metrics_of(store, names, map(_computable, more)))
    for row in store.rows():
        naming = Naming.of(store.manifest, row.prompt)
        for variant in (*store.parts(), *store.variants()):
            voted = _votes(store, row, metrics, naming) if variant == PLAIN else ()
            _mark(store, Reading(row.number, variant), _Rules(variant, metrics, naming), voted)
        for name, profile in readers.items():
            _mark(store, Reading(row.number, PLAIN, name), _Theirs(profile, naming))
        for name in store.extractions.readers():
            said = dict(store.extractions.replies(row.number, name))
            _mark(store, Reading(row.number, PLAIN, name), _Extractor(said, naming))
    kept = {RULES, *readers, *store.extractions.readers()}
    store.marks.forget(name for name in store.marks.readers() if name not in kept)
    store.marks.signed(metrics.marked_by, {"profiles": list(names), "metrics": list(more)})


def refresh(store: RunStore) -> None:
    """Mark a run again where its marks are not those of today's rules and metrics.

    That is: replies are unread, a marking was interrupted, or a metric is new or of another version. What cannot
    be computed on this machine stays as it was made elsewhere.
    """
    signed, before = versions(store.marks.marked_by), store.marks.marked_with
    more = [metric for metric in map(find, before.get("metrics", ())) if not lacking(metric)]
    today = versions(metrics_of(store, before.get("profiles", ()), more).marked_by)
    if store.marks.unmarked() or any(signed.get(name) != version for name, version in today.items()):
        mark(store)


def all_profiles() -> tuple[str, ...]:
    """Return the names of all profiles: of parsers and of caption metrics."""
    return tuple(sorted({*profiles.names(), *metric_profiles()}))


def verdict(sample: Sample, reply: Reply, naming: Naming) -> Answer:
    """Return what the reply answers; never a guess. `sample` is as it was shown."""
    if sample.kind == "choice":
        labels = naming.labels(sample)
        if reply.logprobs:
            return read_logprobs(reply.logprobs, labels)
        answer = read_choice(reply.text, sample.options, labels, sample.multi, reply.finish)
        return abstained(answer, reply.text, naming.unsure(sample))
    # A description that was cut is still a description; a cut answer may have been about to change.
    return read_text(reply.text, reply.finish if sample.kind == "open" else "")


def scores(sample: Sample, answer: Answer, metrics: Sequence[Metric]) -> list[Score]:
    """Return what an answer is worth under each metric, with what corpus measures pool over."""
    return [
        Score(sample.id, metric.name, metric.score(sample, answer), (metric.unit and metric.unit(sample, answer)) or ())
        for metric in metrics
    ]


@dataclass(frozen=True, slots=True)
class _Rules:
    """Our own way to read and score the replies to one variant."""

    variant: Variant
    metrics: Metrics
    naming: Naming

    def mark(self, plain: Sample, reply: Reply) -> tuple[Answer, list[Score]] | None:
        sample = varied(plain, self.variant, plain.images)
        if sample is None:
            return None
        if self.variant.kind == "choice":
            answer = read_label(reply.text, self.naming.labels(sample))
        elif self.variant.kind == "logprobs":
            answer = read_logprobs(reply.logprobs, self.naming.labels(sample))
        else:
            answer = verdict(sample, reply, self.naming)
        metrics = self.metrics.of(sample)
        return answer, scores(sample, answer, (*metrics, *for_shares()) if answer.shares else metrics)


@dataclass(frozen=True, slots=True)
class _Theirs:
    """Another harness's way to read replies to choice questions, and what it credits."""

    profile: profiles.Profile
    naming: Naming

    def mark(self, sample: Sample, reply: Reply) -> tuple[Answer, list[Score]] | None:
        if sample.kind != "choice" or reply.logprobs:
            return None
        labels = self.naming.labels(sample)
        answer = self.profile.read(reply.text, sample.options, labels, sample.multi)
        right = [labels[position] for position in sample.correct]
        credit = profiles.credit(self.profile, answer, right, len(labels)) if right else None
        return answer, [Score(sample.id, "choice.accuracy", credit)]


@dataclass(frozen=True, slots=True)
class _Extractor:
    """Our rules, and where they leave a reply unparsed what another model made of it."""

    said: Mapping[str, Reply | None]
    naming: Naming

    def mark(self, sample: Sample, reply: Reply) -> tuple[Answer, list[Score]] | None:
        if sample.kind != "choice":
            return None
        answer = verdict(sample, reply, self.naming)
        if answer.status == "unparsed" and not reply.logprobs:
            read = self.said.get(sample.id)
            if read is None:  # not asked, or a fault: the sample is missing from this column
                return None
            # The extractor is shown the options by letters, whatever they bore in the prompt.
            found = read_choice(read.text, sample.options, option_labels(len(sample.options)), sample.multi)
            answered = found.status == "answered"
            answer = Answer("answered" if answered else "unparsed", found.letters, rule="extractor")
        return answer, scores(sample, answer, for_kind("choice"))


_Reader = _Rules | _Theirs | _Extractor


def _mark(store: RunStore, reading: Reading, reader: _Reader, more: Iterable[tuple[int, str]] = ()) -> None:
    def work(chunk: list[Said]) -> list[tuple[int, str]]:
        return list(_texts(chunk, reader))

    said = store.transcript(reading.row, reading.variant)
    store.marks.put(reading, chain(spread(work, said, store.size()), more))


def _votes(store: RunStore, row: Row, metrics: Metrics, naming: Naming) -> Iterator[tuple[int, str]]:
    """Yield the marks of the plain questions that were asked in parts: what the parts' answers say together."""
    for position, text, answers in store.marks.parts(row.number):
        sample = sample_from(text)
        answer = vote(answers, naming.labels(sample))
        # How votes fell is no probability that the model gave.
        yield position, mark_text(answer, scores(sample, replace(answer, shares=()), metrics.of(sample)))


def _texts(chunk: Sequence[Said], reader: _Reader) -> Iterator[tuple[int, str]]:
    for said in chunk:
        made = reader.mark(sample_from(said.sample), said.reply)
        if made is not None:
            yield said.position, mark_text(*made)


def _computable(name: str) -> Metric:
    metric = find(name)
    if lack := lacking(metric):
        raise CatalogError(f"{name} cannot be computed here", lack)
    return metric
