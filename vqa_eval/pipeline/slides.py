"""How the whole slides of a run are looked at: settled for each benchmark, and checked before anybody is asked."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from vqa_eval.engines import Engine, media_types
from vqa_eval.errors import CatalogError, EngineError, TreeError
from vqa_eval.pipeline.due import Checks
from vqa_eval.pipeline.plan import Pick, Plan
from vqa_eval.records import SLIDE_VIEWS, PictureSpec, SlideView
from vqa_eval.samples.pixels.shaping import describe
from vqa_eval.samples.slides.features import ARRAY
from vqa_eval.tree import path

Specs = Mapping[str, PictureSpec]
"""The image pipeline of each benchmark; that of one with slides says how they are looked at."""


def picture_specs(plan: Plan, view: str = "") -> dict[str, PictureSpec]:
    """Return the image pipelines of a plan's benchmarks; slides are looked at as `view` says, else as their own do.

    Raises CatalogError for a view that is none.
    """
    if view:
        _named(view, "--slide-view")
    found = [(pick.task.id, picture_spec(pick, view)) for pick in plan.picks]
    # Of a benchmark's forms, those with slides say how these are looked at.
    return dict(sorted(found, key=lambda one: bool(one[1].slide)))


def picture_spec(pick: Pick, view: str = "") -> PictureSpec:
    """Return the image pipeline of one prepared form; it names a slide view only where the form has slides."""
    own = pick.task.pictures.slide
    if not _has_slides(pick):
        return replace(pick.task.pictures, slide="")
    said = _named(view, "--slide-view") if view else _named(own or "thumbnail", f"task {pick.task.id}, pictures")
    return replace(pick.task.pictures, slide=said.name)


def described(specs: Specs, seed: int) -> dict[str, str]:
    """Return what is done to the pictures of each benchmark in words; those sent as they are are left out."""
    return {
        name: describe(spec) + (f", drawn by seed {seed}" if _view(spec).drawn else "")
        for name, spec in specs.items()
        if spec != PictureSpec()
    }


def patches(specs: Specs) -> dict[str, int]:
    """Return the benchmarks whose slides are asked patch by patch, and in how many patches."""
    return {name: count for name, spec in specs.items() if (count := _view(spec).patches)}


def check_votes(plan: Plan, specs: Specs, checks: Checks) -> None:
    """Raise an error where patches are to be voted on and cannot be.

    TreeError where questions about slides are not multiple choice, with how many; EngineError where the same
    questions are to be put in other ways too, which are not put patch by patch.
    """
    voted = patches(specs)
    if not voted:
        return
    others = replace(checks, blind=False) != Checks()
    if others:
        raise EngineError(
            "patches are asked in plain words, each once: no other channels, orders, pictures or draws",
            "drop those checks, or put each slide as one picture: --slide-view montage",
        )
    asked = [
        (sample.kind, next((node for node in sample.nodes if node[0] == "benchmark"), ("benchmark", sample.benchmark)))
        for sample in plan.samples()
        if sample.benchmark in voted and any(image.slide for image in sample.images)
    ]
    texts = Counter(node for kind, node in asked if kind != "choice")
    if texts:
        left = " & ".join(f"!{path(node)}" for node in texts)
        raise TreeError(
            f"{texts.total():,} of {len(asked):,} questions about slides are answered in words, on which patches "
            "cannot vote",
            f"leave them out: add --tree '{left}'; or put each slide as one picture: --slide-view montage",
        )


def check_engine(engine: Engine, specs: Specs) -> None:
    """Raise EngineError where slides are to be sent as features and the opened model takes pictures only."""
    features = [name for name, spec in specs.items() if _view(spec).kind == "features"]
    if features and engine.looks_at_pictures and ARRAY not in media_types(engine):
        raise EngineError(
            f"{engine.identity.name} takes pictures, and the slides of {', '.join(features)} are put as features",
            "put pixels: --slide-view thumbnail, patches or montage",
        )


def view_in(pipeline: str) -> str:
    """Return the slide view that a run's pipeline names, as its manifest keeps it; empty where it names none."""
    found = re.search(r"\bslides as (\S+)", pipeline)
    return found[1].rstrip(";,") if found else ""


def _has_slides(pick: Pick) -> bool:
    images = (form.image for form in pick.task.forms if form.name == pick.shelf.about.form)
    return any(image is not None and image.form == "slide" for image in images)


def _view(spec: PictureSpec) -> SlideView:
    return SlideView.named(spec.slide) if spec.slide else SlideView()


def _named(text: str, place: str) -> SlideView:
    try:
        return SlideView.named(text)
    except ValueError as error:
        raise CatalogError(f"{place}: {error}", f"views: {SLIDE_VIEWS}") from error
