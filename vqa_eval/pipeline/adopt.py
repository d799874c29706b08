"""Predictions that another harness stored become a run of ours: rescored, sliced and compared with no engine."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import vqa_eval
from vqa_eval.catalog import Catalog
from vqa_eval.errors import CatalogError, DataError, StoreError, VqaEvalError
from vqa_eval.pipeline.match import OwnSamples, Pair, plain_pairs
from vqa_eval.predictions import Format, Log, Prediction, recognise
from vqa_eval.records import ModelIdentity, Reply, RunManifest, Sampling, TaskSpec
from vqa_eval.records.codec import to_text
from vqa_eval.samples import Library
from vqa_eval.store import RunStore
from vqa_eval.tree import Lexicon, path

PROMPT = "imported"
"""Name in the place of a technique: which words were sent is not known here."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What one file gave."""

    file: str
    harness: str
    benchmark: str
    samples: int
    with_key: int
    empty: int
    """Replies without a word."""
    faults: int
    """Questions without a reply: missing, never wrong."""
    draws: int
    """Further replies to the same questions, left out."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that was recognised and opened."""

    path: Path
    digest: str
    form: Format
    log: Log


def adopt(
    files: Iterable[Path],
    model: str,
    out: Path | None,
    catalog: Catalog,
    *,
    task: str | None = None,
    library: Library | None = None,
) -> tuple[Path, list[Adopted]]:
    """Make a run folder of stored predictions; return it with what each file gave.

    model: the name on the board; empty takes the one that the files themselves give. out: the folder; None takes
    a name under runs/. task: the benchmark of the catalogue whose columns the files repeat, so that ids, nodes,
    key and split are its own; where `library` has it at hand, pictures and clusters are too.

    Raises DataError naming file, row and column, CatalogError for a benchmark that is none, and StoreError for a
    folder that cannot take the run. Every file is read to its end before anything is written.
    """
    sources = [_opened(file) for file in dict.fromkeys(files)]
    name = model.strip() or _named(sources)
    lexicon = Lexicon(catalog.axes)
    spec = _task(task, catalog) if task else None
    own = OwnSamples(spec, lexicon, library.shelves(spec) if library else ()) if spec else None
    pairs: dict[str, Pair] = {}
    reports = []
    for source in sources:
        predictions, draws = _first_draws(source)
        benchmark = spec.id if spec else _words(source.log.dataset.removeprefix(f"{name}_")).lower() or PROMPT
        found = own.pairs(predictions) if own else plain_pairs(predictions, benchmark, lexicon)
        for pair in found:
            known = pairs.setdefault(pair.sample.id, pair)
            if known is not pair:
                raise DataError(
                    f"{pair.prediction.place}: the same question as {known.prediction.place}", "give each question once"
                )
        reports.append(_report(source, benchmark, found, draws))
    manifest = _manifest(name, sources, reports, pairs.values())
    folder = (
        out or Path("runs") / f"{_words(name)}-{PROMPT}-{hashlib.sha256(to_text(manifest).encode()).hexdigest()[:8]}"
    )
    identity = _identity(name, sources, _notes(sources, reports, pairs.values()))
    _write(folder, manifest, identity, pairs.values())
    return folder, reports


def _opened(file: Path) -> _Source:
    form = recognise(file)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return _Source(file, digest, form, form.read(file))


def _named(sources: Iterable[_Source]) -> str:
    names = {source.log.model for source in sources}
    if len(names) != 1 or not all(names):
        said = f"they say {', '.join(sorted(filter(None, names)))}" if any(names) else "they do not say"
        raise DataError(f"which model do these predictions come from? {said}", "name it: --model NAME")
    return names.pop()


def _task(name: str, catalog: Catalog) -> TaskSpec:
    if name not in catalog.tasks:
        raise CatalogError(f"no benchmark {name!r}", f"benchmarks: {', '.join(catalog.tasks)}")
    return catalog.tasks[name]


def _first_draws(source: _Source) -> tuple[list[Prediction], int]:
    """Return the first reply to every question, and how many further ones there are."""
    first: dict[str, Prediction] = {}
    seen: set[tuple[str, int]] = set()
    for prediction in source.log.predictions:
        if (prediction.id, prediction.draw) in seen:
            raise DataError(f"{prediction.place}: a second row with the id {prediction.id!r}", "leave out one of them")
        seen.add((prediction.id, prediction.draw))
        if first.setdefault(prediction.id, prediction).draw > prediction.draw:
            first[prediction.id] = prediction
    if not first:
        raise DataError(f"{source.path}: no predictions", "give the file as the harness wrote it")
    return list(first.values()), len(seen) - len(first)


def _report(source: _Source, benchmark: str, pairs: Sequence[Pair], draws: int) -> Adopted:
    said = [pair.prediction for pair in pairs if pair.prediction.fault is None]
    return Adopted(
        file=source.path.name,
        harness=source.form.title,
        benchmark=benchmark,
        samples=len(pairs),
        with_key=sum(pair.sample.has_key for pair in pairs),
        empty=sum(not prediction.text.strip() and not prediction.logprobs for prediction in said),
        faults=len(pairs) - len(said),
        draws=draws,
    )


def _notes(sources: Sequence[_Source], reports: Sequence[Adopted], pairs: Iterable[Pair]) -> list[str]:
    """Return what a reader of the board must know."""
    files = [source.path.name for source in sources]
    shown = ", ".join(files[:3]) + (f" and {len(files) - 3:,} more files" if len(files) > 3 else "")
    notes = [
        f"imported from {shown}",
        "prompt, pictures and decoding were those of the other harness and are not known here",
    ]
    for source, report in zip(sources, reports, strict=True):
        asked = source.log.asked
        notes += source.log.notes
        if asked is not None and asked > report.samples:
            notes.append(f"INCOMPLETE: {report.file} holds {report.samples:,} of {asked:,} questions")
        if report.draws:
            notes.append(f"{report.file}: {report.draws:,} further replies to the same questions were left out")
    if all(pair.sample.cluster == pair.sample.id for pair in pairs):
        notes.append("no file says which questions share a picture: each counts as independent")
    return notes


def _manifest(name: str, sources: Sequence[_Source], reports: Sequence[Adopted], pairs: Iterable[Pair]) -> RunManifest:
    data: dict[str, str] = {}
    for source in sources:
        file = source.path.name.encode("utf-8", "replace").decode()
        if file in data:
            raise DataError(f"{source.path}: a second file of that name", "rename one of them")
        data[file] = source.digest
    cut = hashlib.sha256()
    for pair in pairs:
        cut.update(to_text(pair.sample).encode())
    return RunManifest(
        models=(name,),
        prompts=(PROMPT,),
        prompt_digests={PROMPT: "unknown"},
        selection=",".join(dict.fromkeys(path(("benchmark", report.benchmark)) for report in reports)),
        limit=None,
        seed=0,
        sampling=Sampling(),
        data=data,
        cut=cut.hexdigest(),
        version=vqa_eval.__version__,
    )


def _identity(name: str, sources: Sequence[_Source], notes: Iterable[str]) -> ModelIdentity:
    digests = [source.digest for source in sources]
    whole = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    titles = dict.fromkeys(source.form.title for source in sources)
    return ModelIdentity(name, f"imported from {' and '.join(titles)}", f"sha256 {whole[:12]}", tuple(notes))


def _write(folder: Path, manifest: RunManifest, identity: ModelIdentity, pairs: Iterable[Pair]) -> None:
    """Write the run whole; where that fails before a reply is kept, nothing is left."""
    store = RunStore.create(folder, manifest)
    try:
        store.put_samples(pair.sample for pair in pairs)
        store.identify(identity.name, identity)
        (row,) = store.rows()
        for pair in pairs:
            said = pair.prediction
            known_by = [identity.name, identity.revision, pair.sample.id]
            key = hashlib.sha256(json.dumps(known_by, ensure_ascii=False).encode()).hexdigest()
            store.ask(row.number, pair.sample.id, key)
            store.put(Reply(key, said.text, said.finish, fault=said.fault, logprobs=said.logprobs))
    except VqaEvalError:
        store.discard()
        raise
    except sqlite3.Error as error:
        store.discard()
        raise StoreError(f"{folder}: cannot be written: {error}", "make room; the same command goes on") from error
    except BaseException:
        store.close()
        raise
    store.close()


def _words(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:80].strip("-.")
