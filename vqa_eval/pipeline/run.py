"""The main job: plan, ask, mark, rank; the same order again goes on where the last one stopped."""

import contextlib
import difflib
import hashlib
import itertools
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import vqa_eval
from vqa_eval.catalog import Catalog
from vqa_eval.engines import Engine, EngineSettings, ModelRef, open_engine, parse_model
from vqa_eval.engines.baseline import open_baseline
from vqa_eval.errors import CatalogError, EngineError, PictureError, StoreError, VqaEvalError
from vqa_eval.pipeline.ask import Asking, prompt_of
from vqa_eval.pipeline.consent import refuse_remote
from vqa_eval.pipeline.due import Checks, put_due, put_patches, settle, shown
from vqa_eval.pipeline.measures import measures
from vqa_eval.pipeline.naming import namings
from vqa_eval.pipeline.plan import Plan, Tree, make_plan
from vqa_eval.pipeline.slides import check_engine, check_votes, described, patches, picture_specs
from vqa_eval.pipeline.spending import Spending
from vqa_eval.records import PLAIN, PictureSpec, PromptSpec, Reply, Row, RunManifest, Sampling, Variant
from vqa_eval.records.codec import to_text
from vqa_eval.rendering import render
from vqa_eval.samples import Library, Pictures
from vqa_eval.samples.slides.views import SlidePictures
from vqa_eval.store import RunStore

if TYPE_CHECKING:
    from vqa_eval.boards import Board


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for on the command line."""

    models: tuple[str, ...]
    tree: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0
    sampling: Sampling = field(default_factory=Sampling)
    out: Path | None = None
    base_url: str = ""
    checks: Checks = field(default_factory=Checks)
    slides: Path | None = None
    """Folder in which whole slides lie; not part of the manifest, so that it can move."""
    slide_view: str = ""
    """How whole slides are looked at; empty: as each benchmark says."""
    allow_remote: tuple[str, ...] = ()
    """Benchmarks that may leave the machine although their terms are noted as forbidding it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order understood and checked, before anything is asked or written."""

    plan: Plan
    models: tuple[ModelRef, ...]
    prompts: Mapping[str, PromptSpec]
    own_prompts: Mapping[str, str]
    """Benchmark to the prompt that it uses itself."""
    manifest: RunManifest
    folder: Path
    checks: Checks
    """What is asked beside the plain question; not part of the manifest, so that it can be added to a run."""
    specs: Mapping[str, PictureSpec]
    """Benchmark to what becomes of its pictures."""
    slides: SlidePictures | None
    """None where no folder with slides was named."""


class Watcher(Protocol):
    """Somebody who looks on while a run goes."""

    def opens(self, model: str) -> None:
        """Note that a model is being loaded, which may take minutes."""

    def lacks(self, row: Row, pictures: int) -> None:
        """Note that so many samples of the row will be faults, because their picture is not at hand."""

    def begins(self, row: Row, variant: Variant, done: int, total: int) -> None:
        """Note that a row begins in a variant; `done` of its `total` requests have their replies from before."""

    def replied(self, reply: Reply) -> None:
        """Note a reply or a fault; it is durable."""

    def ends(self, row: Row, done: int) -> None:
        """Note that a row ends with `done` requests replied; the same question of two samples is asked once."""

    def rests(self) -> None:
        """Note that nobody is asked any more; what was said is read and scored, over several processes."""


Opener = Callable[[ModelRef, RunStore], Engine]


def prepare(order: Order, catalog: Catalog, library: Library, ready: bool = True) -> Prepared:
    """Check an order and plan it; raises an error for whatever can be seen to be wrong before asking.

    Without `ready` nobody will be asked, and a model may lack its key, its library or its folder.
    """
    if not order.models:
        raise EngineError("no model", "name one: --model tiny-vlm --tree modality/CT")
    if order.checks.draws > 1 and order.sampling.temperature == 0:
        raise EngineError("--draws of a greedy model are all the same", "add --sampling temperature=0.7")
    models = _understood(order, catalog, ready=False)
    plan = make_plan(Tree(catalog, library), order.tree, order.limit, order.seed)
    refuse_remote(models, (pick.task for pick in plan.picks), order.allow_remote)
    models = _understood(order, catalog, ready)  # a key that is missing is less than data that may not be sent
    specs = picture_specs(plan, order.slide_view)
    check_votes(plan, specs, order.checks)
    own = {pick.task.id: pick.task.prompt for pick in plan.picks}
    used = order.prompts or tuple(dict.fromkeys(own.values()))
    prompts = {name: _prompt(catalog, name) for name in used}
    # Where all benchmarks use one technique of their own, the row bears its name.
    asked = order.prompts if order.prompts or len(used) > 1 else used
    labels, unsure = namings(asked, own, prompts)
    manifest = RunManifest(
        models=tuple(ref.name for ref in models),
        prompts=asked,
        prompt_digests={name: spec.digest for name, spec in prompts.items()},
        selection=str(plan.selection),
        limit=order.limit,
        seed=order.seed,
        sampling=order.sampling,
        cut=_cut_digest(plan),
        data={f"{pick.task.id}/{pick.shelf.about.form}": pick.shelf.about.data_digest for pick in plan.picks},
        left_out=tuple(missing.name for missing in plan.left_out),
        version=vqa_eval.__version__,
        measures=measures(plan),
        labels=labels,
        unsure=unsure,
        pictures=described(specs, order.seed),
    )
    folder = order.out or Path("runs") / _folder_name(manifest)
    slides = SlidePictures(order.slides, order.seed) if order.slides else None
    return Prepared(plan, models, prompts, own, manifest, folder, order.checks, specs, slides)


def _understood(order: Order, catalog: Catalog, ready: bool) -> tuple[ModelRef, ...]:
    return tuple(parse_model(name, catalog.models, order.base_url or None, ready) for name in order.models)


def run(
    prepared: Prepared, catalog: Catalog, watcher: Watcher, opener: Opener, spending: Spending | None = None
) -> tuple[RunStore, "Board"]:
    """Ask what has not been asked and may be spent on, mark everything, and return the run with its board.

    A model is opened only if one of its rows has something left to ask. Raises StoreError where the folder
    holds another run, and EngineError where a model cannot be opened or cannot go on.
    """
    store = RunStore.create(prepared.folder, prepared.manifest)
    with _kept(store):
        _begin(prepared, store)
        _ask_all(prepared, store, watcher, opener, spending)
        watcher.rests()
        # What reads replies and makes tables is imported when the model is done: the first request leaves sooner.
        from vqa_eval.pipeline.mark import mark
        from vqa_eval.pipeline.rank import rank

        mark(store)
        board = rank(store, catalog.boards["default"])
    store.release()
    return store, board


def ask_some(
    prepared: Prepared, samples: frozenset[str], watcher: Watcher, opener: Opener, spending: Spending | None = None
) -> RunStore:
    """Ask the plain question about some samples and return the run, which the same order goes on with later.

    Raises what `run` raises.
    """
    store = RunStore.create(prepared.folder, prepared.manifest)
    with _kept(store):
        _begin(prepared, store)
        _ask_all(prepared, store, watcher, opener, spending, only=samples)
    store.release()
    return store


def _begin(prepared: Prepared, store: RunStore) -> None:
    store.put_texts(prepared.plan.texts())
    put_due(store, prepared.checks)
    put_patches(store, patches(prepared.specs))


@contextlib.contextmanager
def _kept(store: RunStore) -> Iterator[None]:
    """Leave nothing of a run that failed before anybody answered, and the run to others however it ends."""
    try:
        yield
    except VqaEvalError:
        store.discard()
        raise
    except sqlite3.Error as error:
        store.discard()
        raise StoreError(
            f"{store.folder}: cannot be written: {error}", "make room; the same command goes on"
        ) from error
    except BaseException:
        store.close()
        raise


def _ask_all(
    prepared: Prepared,
    store: RunStore,
    watcher: Watcher,
    opener: Opener,
    spending: Spending | None,
    *,
    only: frozenset[str] | None = None,
) -> None:
    meters = spending.meters(store) if spending else {}
    for ref in prepared.models:
        rows = [row for row in store.rows() if row.model == ref.name]
        variants = store.variants() if only is None else [PLAIN]
        if not any(store.count_unasked(row.number, variant) for row in rows for variant in variants):
            continue
        _check_prompts(prepared, store, rows)
        if ref.scheme != "baseline":
            _check_pictures(prepared, store, rows[0])
        watcher.opens(ref.name)
        engine = opener(ref, store)
        try:
            store.identify(ref.name, replace(engine.identity, max_side=engine.max_side))
            settle(store, [row.number for row in rows], engine)
            check_engine(engine, prepared.specs)
            shelves = (pick.shelf for pick in prepared.plan.picks)
            pictures = Pictures(shelves, engine.max_side, prepared.specs, prepared.slides)
            for row, variant in itertools.product(rows, variants):
                if store.declined(row.number, variant):
                    continue
                if engine.looks_at_pictures and variant == PLAIN:
                    lacking = sum(pictures.lacks(sample) for sample in store.without_picture())
                    if lacking:
                        watcher.lacks(row, lacking)
                watcher.begins(row, variant, *store.requests(row.number, variant))
                technique = prompt_of(row, prepared.prompts, prepared.own_prompts)
                asking = Asking(store, row, engine, technique, pictures, prepared.manifest.sampling, variant)
                asking = replace(asking, meter=meters.get(ref.name), only=only)
                for reply in asking.replies():
                    watcher.replied(reply)
                watcher.ends(row, store.requests(row.number, variant)[0])
        finally:
            engine.close()


def _check_pictures(prepared: Prepared, store: RunStore, row: Row) -> None:
    """Open a picture of every shape of sample: a library that is missing is told before a model is loaded."""
    pictures = Pictures((pick.shelf for pick in prepared.plan.picks), specs=prepared.specs)
    for sample, _, _ in store.specimens(row.number):
        if not any(image.slide for image in sample.images):
            with contextlib.suppress(PictureError):  # at the run it will be a fault of that sample
                pictures.of(sample)


def _check_prompts(prepared: Prepared, store: RunStore, rows: list[Row]) -> None:
    """Render one sample of every shape before anybody is asked: a bad template costs no reply.

    One that stumbles over a single text is found when that text is asked, and nothing of what was answered until
    then is lost.
    """
    for row, variant in itertools.product(rows, store.variants()):
        technique = prompt_of(row, prepared.prompts, prepared.own_prompts)
        for sample, donor, _ in store.specimens(row.number, variant):
            render(technique(sample), shown(sample, variant, donor))


def usual_opener(settings: EngineSettings) -> Opener:
    """Return what opens engines and baselines as the model cards say."""

    def opened(ref: ModelRef, store: RunStore) -> Engine:
        if ref.scheme == "baseline":
            return open_baseline(ref.location, store.samples(), store.sample)
        return open_engine(ref, replace(settings, folder=store.folder))

    return opened


def _cut_digest(plan: Plan) -> str:
    said = hashlib.sha256()
    for pick in plan.picks:
        said.update(repr((pick.shelf.about.form_digest, [(p.leaf.facets, p.nodes) for p in pick.leaves])).encode())
    return said.hexdigest()


def _prompt(catalog: Catalog, name: str) -> PromptSpec:
    if name not in catalog.prompts:
        near = difflib.get_close_matches(name, catalog.prompts, n=3, cutoff=0.3) or sorted(catalog.prompts)
        raise CatalogError(f"no prompt {name!r}", f"nearest: {', '.join(near)}; all of them: vqa-eval prompt")
    return catalog.prompts[name]


def _folder_name(manifest: RunManifest) -> str:
    """Return a name that people can read and that the same order always gets."""
    asked = to_text(replace(manifest, left_out=(), version="", measures={}))
    words = _words((*manifest.models, manifest.selection or "all"))
    return f"{words[:80].rstrip('-')}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def _words(texts: Iterable[str]) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(texts)).strip("-.")
