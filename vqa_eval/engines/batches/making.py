"""Batches are made here, none of them twice: every step is noted before it is taken and after it has succeeded."""

import time
from pathlib import Path

from vqa_eval.engines.batches.api import BatchApi
from vqa_eval.engines.batches.journal import FILE, Entry, Journal
from vqa_eval.engines.batches.spool import Spool, asked_of, discard, requests_file


class Maker:
    """Makes the batches of one model, and takes up those that an earlier process left."""

    def __init__(self, model: str, api: BatchApi, folder: Path, second_look: float) -> None:
        """`second_look` is the seconds after which a batch that was just made shows at the latest."""
        self._model = model
        self._api = api
        self._folder = folder
        self._second_look = second_look
        self._journal = Journal(folder)

    def take_up(self) -> dict[str, Entry]:
        """Return the batch of every key that is under way; what never became a batch is forgotten."""
        under_way: dict[str, Entry] = {}
        for entry in self._journal.open_entries(self._model):
            made = entry if entry.batch else self._look_for(entry)
            if made is None:
                self.forget(entry, "never made")
            else:
                under_way |= dict.fromkeys(asked_of(self._folder, made.tag), made)
        kept = self._journal.open_tags()
        for path in self._folder.glob("*.*"):
            if path.name != FILE and path.stem not in kept:
                path.unlink()  # a file that was being filled when its process ended
        return under_way

    def _look_for(self, entry: Entry) -> Entry | None:
        """Return the entry of a batch whose creation was not noted, None where there is no such batch."""
        if not entry.file:
            return None
        found = self._api.find(entry.tag)
        if found is None:
            time.sleep(self._second_look)
            found = self._api.find(entry.tag)
        return None if found is None else self._journal.created(entry, found.id)

    def send(self, spool: Spool) -> Entry:
        """Make a batch of what is in the spool."""
        spool.seal()
        entry = self._journal.planned(spool.tag, self._model, spool.requests, spool.bytes)
        requests = requests_file(self._folder, spool.tag)
        made = self._create(entry, self._api.upload(requests))
        requests.unlink()
        return made

    def make_again(self, entry: Entry) -> Entry:
        """Make a batch of a file from which one was made that never ran."""
        return self._create(entry, entry.file)

    def _create(self, entry: Entry, file: str) -> Entry:
        planned = self._journal.uploaded(entry, file)
        return self._journal.created(planned, self._api.create(file, entry.tag).id)

    def finish(self, entry: Entry, counts: dict[str, int]) -> None:
        """Note what a batch brought, all of which is kept elsewhere by now."""
        self._journal.ended(entry, "collected", **counts)
        discard(self._folder, entry.tag)

    def forget(self, entry: Entry, why: str) -> None:
        """Note that nothing comes of a batch: its requests are in none."""
        if entry.file:
            self._api.remove(entry.file)
        self._journal.ended(entry, why)
        discard(self._folder, entry.tag)
