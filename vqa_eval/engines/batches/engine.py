"""The engine of `--batch`: requests out into batches, replies back out of them."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from vqa_eval.engines.batches.api import Batch, BatchApi
from vqa_eval.engines.batches.journal import Entry
from vqa_eval.engines.batches.lines import outcomes, unanswered
from vqa_eval.engines.batches.making import Maker
from vqa_eval.engines.batches.spool import Limits, Spool, asked_of, line_of, on_disk
from vqa_eval.engines.openai.chat import Chat
from vqa_eval.engines.pictures import cut_off
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.errors import EngineError
from vqa_eval.records import Fault, ModelIdentity, Reply, Request

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
"""Seconds before the server is asked again how a batch stands, at first and at most."""

QUEUE_FULL = "token_limit_exceeded"
"""Code of a batch that was turned away because too many tokens wait already; it may be made again later."""


class BatchEngine:
    """Asks everything in as few batches as the provider's limits allow, and yields replies as batches end.

    Requests are pulled at once, each written to the disk and let go. A request that a batch of an earlier start holds
    already is not sent again, and everything that this batch brings is yielded, asked for now or not: it is paid.
    Ending the process leaves the batches running.
    """

    looks_at_pictures: bool = True

    def __init__(
        self,
        identity: ModelIdentity,
        chat: Chat,
        api: BatchApi,
        folder: Path,
        *,
        max_pictures: int | None = None,
        max_side: int | None = None,
        limits: Limits | None = None,
        first_pause: float = FIRST_PAUSE,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        """Ask in the words of `chat` through `api`; `folder` is this engine's own, `identity` the live engine's."""
        self._notice = notice or (lambda _: None)
        self.identity = identity
        self.channels = chat.channels
        self.max_pictures = max_pictures
        self.max_side = max_side
        self._chat = chat
        self._api = api
        self._folder = folder
        self._limits = limits or Limits()
        self._first_pause = first_pause
        self._maker = Maker(identity.name, api, folder, first_pause)
        self._closed = False

    def under_way(self) -> frozenset[str]:
        """Return the keys of what was sent and not collected: asked again, it is not sent again."""
        with on_disk(self._folder):
            return frozenset(self._maker.take_up())

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies as batches end, in hours rather than seconds; a batch that fails as a whole ends the run.

        Who asks for the next reply has kept the one before: after its last reply a batch is done with.
        """
        if self._closed:
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        with on_disk(self._folder):
            under_way = self._maker.take_up()
        earlier = {entry.tag for entry in under_way.values()}
        batches: dict[str, Entry] = {}
        yield from self._submit(requests, under_way, batches)
        yield from self._collect(batches, earlier)

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self._api.close()

    # --- out: requests into batches
    def _submit(
        self, requests: Iterable[Request], under_way: dict[str, Entry], batches: dict[str, Entry]
    ) -> Iterator[Reply]:
        """Put what is in no batch into new ones; yield the faults of what cannot be sent."""
        spool: Spool | None = None
        try:
            for request in requests:
                known = under_way.get(request.key)
                if known is not None:
                    batches[known.tag] = known
                    continue
                fault = too_many(request, self.max_pictures) or without_labels(request) or cut_off(request)
                line = b"" if fault else line_of(request.key, self._chat.body(request))
                fault = fault or self._too_large(request, line)
                if fault is not None:
                    yield fault
                    continue
                with on_disk(self._folder):
                    if spool is not None and not spool.has_room(line):
                        full, spool = spool, None
                        self._send(full, batches)
                    spool = spool or Spool(self._folder, self._limits)
                    spool.add(request, line)
            if spool is not None:
                full, spool = spool, None
                with on_disk(self._folder):
                    self._send(full, batches)
        finally:
            if spool is not None:
                spool.drop()

    def _too_large(self, request: Request, line: bytes) -> Reply | None:
        if len(line) <= self._limits.bytes:
            return None
        detail = f"a request of {len(line):,} bytes; a file of requests holds {self._limits.bytes:,}"
        return Reply(request.key, fault=Fault("rejected", detail))

    def _send(self, spool: Spool, batches: dict[str, Entry]) -> None:
        entry = self._maker.send(spool)
        batches[entry.tag] = entry

    # --- back: replies out of batches
    def _collect(self, batches: dict[str, Entry], earlier: set[str]) -> Iterator[Reply]:
        """Ask after the batches with growing pauses, and yield the replies of each that is over.

        One that was turned away from a full queue is made again when another has ended. Those of an `earlier`
        process are made again once in any case, since the queue may have emptied meanwhile.
        """
        pause = self._first_pause
        turned_away: list[Entry] = []
        told = 0
        while batches:
            if len(batches) != told:
                told = len(batches)
                held = sum(entry.requests for entry in batches.values())
                self._notice(f"{told} batches under way for {held:,} requests; Ctrl-C leaves them at work")
            ended = 0
            for entry in [*batches.values()]:
                batch = self._api.batch(entry.batch)
                if not batch.over:
                    continue
                del batches[entry.tag]
                if batch.status != "failed":
                    yield from self._replies(entry, batch)
                    ended += 1
                elif batch.code == QUEUE_FULL and (batches or ended or entry.tag in earlier):
                    earlier.discard(entry.tag)
                    turned_away.append(entry)
                else:
                    for one in (*turned_away, entry):
                        self._maker.forget(one, "failed")
                    raise _failed(batch)
            if turned_away and (ended or not batches):
                entry = turned_away.pop(0)
                batches[entry.tag] = self._maker.make_again(entry)
            if batches:
                time.sleep(pause)
                pause = min(1.5 * pause, LONGEST_PAUSE)

    def _replies(self, entry: Entry, batch: Batch) -> Iterator[Reply]:
        """Yield what a batch brought for each of its requests; lines about others are counted."""
        counts = {"replies": 0, "faults": 0, "unknown": 0}
        with on_disk(self._folder):
            waiting = asked_of(self._folder, entry.tag)
        keys = frozenset(waiting)
        for file, name in ((batch.output, "output"), (batch.errors, "errors")):
            if not file:
                continue
            path = self._folder / f"{entry.tag}.{name}"
            with on_disk(self._folder):
                self._api.download(file, path)
            for key, outcome in outcomes(path):
                counts["unknown"] += key not in keys
                request = waiting.pop(key, None)
                if request is None:
                    continue
                if isinstance(outcome, Fault):
                    reply = Reply(key, fault=outcome)
                else:
                    reply = replace(self._chat.reply(request, outcome, None), batched=True)
                counts["faults" if reply.fault else "replies"] += 1
                yield reply
        for key in waiting:
            counts["faults"] += 1
            yield Reply(key, fault=unanswered(batch.status))
        self._api.remove(entry.file)
        with on_disk(self._folder):
            self._maker.finish(entry, counts)


def _failed(batch: Batch) -> EngineError:
    if batch.code == QUEUE_FULL:
        hint = "let other batches end, or send smaller ones: --engine-options batch_requests=1000"
    else:
        hint = "nothing of it was asked or paid; when it is cured, the same command asks it again"
    return EngineError(f"the batch {batch.id} failed: {batch.detail or 'its server does not say why'}", hint)
