"""The dear step: what has no reply yet is rendered, its pictures made ready, and the model asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from vqa_eval.engines import Engine, under_way
from vqa_eval.errors import PictureError
from vqa_eval.pipeline.due import shown
from vqa_eval.pipeline.spending import Meter
from vqa_eval.records import (
    PLAIN,
    Fault,
    Picture,
    PromptSpec,
    Reply,
    Request,
    Row,
    Sample,
    Sampling,
    Variant,
    request_key,
)
from vqa_eval.rendering import render
from vqa_eval.samples import Pictures
from vqa_eval.store import RunStore

PromptOf = Callable[[Sample], PromptSpec]


def prompt_of(row: Row, prompts: Mapping[str, PromptSpec], own: Mapping[str, str]) -> PromptOf:
    """Return the technique of a row on a sample: the row's, or each benchmark's (`own`: benchmark to prompt)."""
    if row.prompt == "own":
        return lambda sample: prompts[own[sample.benchmark]]
    spec = prompts[row.prompt]
    return lambda _: spec


@dataclass(frozen=True, slots=True)
class Asking:
    """One row being asked in one variant: every sample without a reply goes to the model once."""

    store: RunStore
    row: Row
    engine: Engine
    technique: PromptOf
    pictures: Pictures
    sampling: Sampling
    variant: Variant = PLAIN
    meter: Meter | None = None
    """Watches over what the model costs; None where no budget was given."""
    only: frozenset[str] | None = None
    """Ids of the samples that are asked for now; None asks all."""
    unopened: list[Reply] = field(default_factory=list)
    """Faults of pictures that could not be opened, on their way to the store."""
    told: set[str] = field(default_factory=set)
    """Keys of these faults: each is told once, although samples may be gone through twice."""

    def replies(self) -> Iterator[Reply]:
        """Yield each reply and fault after it is durable.

        A picture that cannot be opened is a fault of its sample. Raises EngineError where the engine cannot
        go on; what was answered until then is kept.
        """
        try:
            if self.meter is None:
                yield from self._ask(self._requests())
                return
            # What is paid already comes first, whatever is left: only then is it known what may be spent on others.
            if sent := self._sent():
                yield from self._ask(request for request in self._requests() if request.key in sent)
            for portion in self.meter.portions(self._requests(), elsewhere=len(self._sent())):
                yield from self._ask(portion)
        finally:
            self.store.keep_asks()

    def _ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        for reply in self.engine.ask(requests):
            yield from self._keep_faults()
            if self.store.put(reply):  # what was under way may have been kept by an earlier go
                if self.meter:
                    self.meter.landed(reply)
                yield reply
        yield from self._keep_faults()

    def _sent(self) -> frozenset[str]:
        """Return the keys of what is under way from an earlier go and not kept yet."""
        return frozenset(key for key in under_way(self.engine) if not self.store.answered(key))

    def _keep_faults(self) -> Iterator[Reply]:
        while self.unopened:
            reply = self.unopened.pop()
            self.store.put(reply)
            yield reply

    def _requests(self) -> Iterator[Request]:
        """Yield requests one by one, as the engine pulls them."""
        pulled: set[bytes] = set()
        may_be_there = self.store.has_replies()
        draw = self.variant.number if self.variant.kind == "draw" else 0
        sampling = replace(self.sampling, seed=self.sampling.seed + draw)
        channel = self.variant.channel
        for plain, donor, variant in self.store.unasked(self.row.number, self.variant):
            if self.only is not None and plain.id not in self.only:
                continue
            sample = shown(plain, variant, donor)
            prompt = render(self.technique(sample), sample)
            try:
                pictures = self._pictures(sample, variant) if self.engine.looks_at_pictures else ()
            except PictureError as error:
                self._cannot_open(sample, variant, error.message)
                continue
            if variant.is_part and self.engine.looks_at_pictures and not pictures:
                # Its slide has no room for so many patches, unless another row saw this one.
                if not self.store.drop_part(variant, sample.id):
                    self._cannot_open(sample, variant, f"{variant.name} is not there, but another row saw it")
                continue
            # What does not look is not the same question twice because it reads alike: its key is the sample.
            looks = self.engine.looks_at_pictures
            digests = tuple(picture.digest for picture in pictures) if looks else (sample.id,)
            key = request_key(self.engine.identity, prompt, digests, sampling, draw=draw, channel=channel)
            self.store.note(self.row.number, sample.id, key, variant)
            # The very same question is asked once.
            digest = bytes.fromhex(key)  # half as large
            if digest not in pulled and not (may_be_there and self.store.answered(key)):
                pulled.add(digest)
                yield Request(key, sample.id, prompt, pictures, sampling, channel)

    def _cannot_open(self, sample: Sample, variant: Variant, why: str) -> None:
        # Keyed by the sample, since there are no pixels to key by; tried again at the next go.
        key = f"picture/{self.row.number}/{variant.name}/{sample.id}"
        self.store.ask(self.row.number, sample.id, key, variant)
        if key not in self.told:
            self.told.add(key)
            self.unopened.append(Reply(key, fault=Fault("picture", why)))

    def _pictures(self, sample: Sample, variant: Variant) -> tuple[Picture, ...]:
        return self.pictures.patch(sample, variant.number) if variant.is_part else self.pictures.of(sample)
