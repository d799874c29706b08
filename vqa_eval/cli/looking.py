"""Commands that only look: the tree, samples and prompts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vqa_eval.catalog import Catalog
from vqa_eval.cli.hints import again, counted
from vqa_eval.cli.screen import note, out, say, show_table
from vqa_eval.errors import CatalogError, DataError, TreeError
from vqa_eval.pipeline.plan import Pick, Tree
from vqa_eval.records import PLAIN, Answer, Image, Node, Reply, Sample
from vqa_eval.samples import Library, home
from vqa_eval.samples.slides.views import SlidePictures
from vqa_eval.tree import Selection, path

SHOWN_AXES = (
    "modality", "task", "department", "granularity", "organ", "slide", "multimed", "subject", "question", "language",
)  # fmt: skip
"""Axes that a node's samples are counted by, in this order; then those of people's own benchmarks."""

UNSHOWN_AXES = ("benchmark", "split", "label", "multimed-label", "origin")
"""Axes that are counted where they are asked for only."""

MOST_EMPTY = 60
"""Names of the lexicon without samples that are listed under a node; of more, only those with samples."""


def show_tree(texts: Sequence[str], catalog: Catalog) -> None:
    """Print the axes, or what hangs under a selection, with samples by benchmark."""
    tree = Tree(catalog, Library(home()))
    if not texts:
        _show_axes(catalog, tree)
        return
    selection = tree.select(texts)
    picks = tree.cut(selection)
    benchmarks = list(dict.fromkeys(pick.task.id for pick in picks))
    counts = _counts(picks)
    if len(selection.axes) == 1:
        # What the lexicon knows below the node is shown too, with nothing under it yet.
        (axis,) = selection.axes
        below = [node for node in tree.lexicon.nodes(axis) if selection.matches((node,))]
        for node in below if len(below) <= MOST_EMPTY else ():
            counts.setdefault(node, Counter())
    columns = (str(selection), *benchmarks, "all")
    if picks:
        show_table("", columns, _tree_lines(counts, selection.axes, benchmarks), (False,) + (True,) * len(columns))
    else:
        at_hand = ", ".join(f"{name} {count:,}" for name, count in tree.at_hand().items()) or "nothing"
        out.print(f"{selection}: no sample at hand (at hand: {at_hand})", markup=False, soft_wrap=True)
    _show_known(texts, tree)
    _show_left_out(tree, selection, catalog)


def list_samples(texts: Sequence[str], limit: int, catalog: Catalog) -> None:
    """Print the ids of the first samples of a selection."""
    tree = Tree(catalog, Library(home()))
    selection = tree.select(texts)
    picks = tree.cut(selection)
    shown = 0
    for pick in picks:
        for _, identity, _ in pick.shelf.ids(placed.leaf.number for placed in pick.leaves):
            if shown == limit:
                break
            say(identity)
            shown += 1
    total = sum(pick.samples for pick in picks)
    if total:
        note(f"{shown:,} of {counted(total, 'sample')}; one of them whole: {again('vqa-eval show ID', catalog)}")
    else:
        note(f"no sample at hand under {selection}")
        _show_left_out(tree, selection, catalog)


def show_sample(
    identity: str,
    prompt: str,
    run: Path | None,
    save: Path | None,
    catalog: Catalog,
    *,
    slides: Path | None = None,
    slide_view: str = "",
) -> None:
    """Print one sample with its rendered prompt; with a run what was said to it; with `save` its pictures.

    Whole slides are taken from the folder `slides`, patches drawn as in the run, else by seed 0.
    """
    from vqa_eval.rendering import option_labels, render

    pick, sample = _find(catalog, identity, run)
    name = prompt or (pick.task.prompt if pick else "")
    if name and name not in catalog.prompts:
        raise CatalogError(f"no prompt {name!r}", f"prompts: {', '.join(sorted(catalog.prompts))}")
    labels = option_labels(len(sample.options), catalog.prompts[name].labels if name else "letters")
    say(f"{sample.id}  ({sample.kind}, {sample.split})", style="bold")
    lines = [sample.context] if sample.context else []
    lines.append(sample.question)
    for position, option in enumerate(sample.options):
        lines.append(f"  {labels[position]}. {option}{'   ← key' if position in sample.correct else ''}")
    lines += [f"  key: {text}" for text in sample.references]
    lines += ["", *(f"  {path(node)}" for node in sample.nodes), f"  cluster {sample.cluster}"]
    lines += [_named(image) for image in sample.images]
    say("\n".join(lines))
    if name:
        rendered = render(catalog.prompts[name], sample)
        say(f"\nprompt {name}", style="bold cyan")
        if rendered.system:
            say(f"[system] {rendered.system}")
        say(rendered.text)
    side = _show_replies(run, sample) if run is not None else None
    if save is not None:
        if pick is None:
            raise DataError(
                f"{sample.id}: its pictures are not at hand", again("add the benchmark: vqa-eval data list", catalog)
            )
        from vqa_eval.cli.saving import save_pictures

        shown = SlidePictures(slides, _seed(run)) if slides else None
        save_pictures(pick, sample, save, side, slides=shown, view=slide_view or _slide_view(run, sample))


def show_prompts(name: str | None, catalog: Catalog) -> None:
    """Print the list of techniques, or one as it is written."""
    if name is None:
        show_table("", ("prompt", "about"), [(spec.id, spec.about) for spec in catalog.prompts.values()])
        return
    if name not in catalog.prompts:
        raise CatalogError(f"no prompt {name!r}", f"prompts: {', '.join(sorted(catalog.prompts))}")
    spec = catalog.prompts[name]
    say(f"{spec.id}  {spec.digest[:8]}", style="bold")
    say("\n".join(part for part in (spec.about, spec.source) if part))
    if spec.system:
        say(f"\n[system] {spec.system}")
    say(f"\n{spec.template.rstrip()}")


def _show_axes(catalog: Catalog, tree: Tree) -> None:
    samples: Counter[str] = Counter()
    for pick in tree.cut(tree.select(())):
        for placed in pick.leaves:
            for axis in {node[0] for node in placed.nodes}:
                samples[axis] += placed.leaf.samples
    lines = [
        (axis.id, f"{len(tree.lexicon.nodes(axis.id)):,}", f"{samples[axis.id]:,}", axis.about) for axis in catalog.axes
    ]
    show_table("", ("axis", "names", "samples at hand", "about"), lines, (False, True, True, False))
    note("counted: the splits that benchmarks are evaluated on; other splits are nodes too (split/train)")
    note("a node: vqa-eval tree modality/CT    data: vqa-eval data list")


def _show_left_out(tree: Tree, selection: Selection, catalog: Catalog) -> None:
    """Say what the selection may match and is not at hand, with the commands that bring it."""
    for missing in tree.left_out(selection):
        rows = f"{counted(missing.samples, 'row')} as published" if missing.samples else "size unknown"
        command = again(missing.command, catalog, catalog.tasks[missing.name.partition("/")[0]])
        note(f"not at hand, may match: {missing.name} ({rows}); {command}")


def _show_known(texts: Sequence[str], tree: Tree) -> None:
    """Print the names that the lexicon knows under a bare axis."""
    for axis in (text for text in texts if text in tree.lexicon.axes):
        names = [path(node) for node in tree.lexicon.nodes(axis)]
        if names:
            shown = ", ".join(names[:200])
            more = f", … ({len(names):,} in all)" if len(names) > 200 else ""
            note(f"names: {shown}{more}")


def _counts(picks: Sequence[Pick]) -> dict[Node, Counter[str]]:
    """Return the samples of every node among the picks, by benchmark; parents include their children."""
    counts: dict[Node, Counter[str]] = {}
    for pick in picks:
        for placed in pick.leaves:
            above = {node[:depth] for node in placed.nodes for depth in range(1, len(node) + 1)}
            for node in above:
                counts.setdefault(node, Counter())[pick.task.id] += placed.leaf.samples
        counts.setdefault((), Counter())[pick.task.id] += pick.samples
    return counts


def _tree_lines(
    counts: dict[Node, Counter[str]], named: frozenset[str], benchmarks: Sequence[str]
) -> list[tuple[str, ...]]:
    def line(name: str, found: Counter[str]) -> tuple[str, ...]:
        return (name, *(f"{found[benchmark]:,}" for benchmark in benchmarks), f"{found.total():,}")

    lines = [line("samples", counts[()])]
    own = sorted({node[0] for node in counts if node} - {*SHOWN_AXES, *UNSHOWN_AXES})
    axes = dict.fromkeys((*sorted(named - {"benchmark"}), *SHOWN_AXES, *own))
    for axis in axes:
        nodes = sorted(node for node in counts if len(node) > 1 and node[0] == axis)
        if nodes:
            lines.append((axis, *([""] * (len(benchmarks) + 1))))
            lines += [line("  " * (len(node) - 1) + node[-1], counts[node]) for node in nodes]
    return lines


def _find(catalog: Catalog, identity: str, run: Path | None) -> tuple[Pick | None, Sample]:
    """Return a sample at hand with its form, else the run's own copy of it, which has no pictures."""
    library = Library(home())
    for pick in Tree(catalog, library).picks:
        found = pick.shelf.find(identity)
        if found is not None:
            nodes = next(placed.nodes for placed in pick.leaves if placed.leaf.number == found[1])
            return pick, replace(pick.shelf.sample(found[0]), nodes=nodes)
    if run is not None:
        from vqa_eval.store import RunStore

        return None, RunStore.open(run).sample(identity)
    elsewhere = identity.partition("/")[0] in library.strangers(catalog.tasks)
    more = "; its data are prepared: add --catalog FOLDER with its task file" if elsewhere else ""
    raise TreeError(f"no sample {identity!r} at hand", f"ids: {again('vqa-eval show --tree NODE', catalog)}{more}")


def _named(image: Image) -> str:
    """Return what a picture and its mask are called, and whether the program has them."""
    if image.slide:
        return f"  slide {image.name}"
    overlay = image.view.overlay
    named = [("picture", image.name, image.digest), *([("mask", overlay.name, overlay.digest)] if overlay else [])]
    return "\n".join(f"  {kind} {name}{'' if digest else ' (not at hand)'}" for kind, name, digest in named)


def _slide_view(run: Path | None, sample: Sample) -> str:
    """Return how a run looked at the benchmark's slides."""
    from vqa_eval.pipeline.slides import view_in
    from vqa_eval.store import RunStore

    return view_in(RunStore.open(run).manifest.pictures.get(sample.benchmark, "")) if run else ""


def _seed(run: Path | None) -> int:
    from vqa_eval.store import RunStore

    return RunStore.open(run).manifest.seed if run else 0


def _show_replies(run: Path, sample: Sample) -> int | None:
    """Print what each row made of the sample; return the longest side of the pictures that were sent."""
    from vqa_eval.pipeline.naming import Naming
    from vqa_eval.store import Reading, RunStore

    store = RunStore.open(run)
    side = None
    for row in store.rows():
        side = side or (row.identity.max_side if row.identity else None)
        for variant in store.variants():
            reply, answer, scores = store.marks.verdict(Reading(row.number, variant), sample.id)
            put = "" if variant == PLAIN else f" · {variant.name}"
            if reply is None and put:
                continue
            say(f"\n{row.model} · {row.prompt}{put}", style="bold cyan")
            parts = [] if put else [store.marks.verdict(Reading(row.number, part), sample.id) for part in store.parts()]
            tally = _tally(parts)
            say(tally or _said(reply, Naming.of(store.manifest, row.prompt).labels(sample)))
            if reply is not None and (used := _used(reply)):
                say(used, style="dim")
            if answer is not None:
                said = ", ".join(answer.letters) or answer.text or "nothing"
                worth = ", ".join(f"{score.metric} {score.value:.2f}" for score in scores if score.value is not None)
                say(f"→ {answer.status}: {said} (rule {answer.rule}); {worth or 'no key to score it with'}")
    return side


def _used(reply: Reply) -> str:
    """Return what a reply used: "812 tokens in, 3 out, 0.42 s"; empty where it does not tell."""
    counts = ((reply.prompt_tokens, "tokens in"), (reply.reply_tokens, "tokens out"))
    told = [f"{number:,} {name}" for number, name in counts if number is not None]
    told += [] if reply.seconds is None else [f"{reply.seconds:.2f} s"]
    return ", ".join(told)


def _tally(parts: Sequence[tuple[Reply | None, Answer | None, object]]) -> str:
    """Return what the patches of a slide said; empty where the sample was not asked patch by patch."""
    said = Counter(
        f"fault {reply.fault.kind}"
        if reply.fault
        else ", ".join(answer.letters) or answer.status
        if answer
        else "unread"
        for reply, answer, _ in parts
        if reply is not None
    )
    return (
        f"{said.total()} patches: {', '.join(f'{word} {count}' for word, count in said.most_common())}" if said else ""
    )


def _said(reply: Reply | None, labels: Sequence[str]) -> str:
    """Return what a reply says, or why there is none."""
    if reply is None:
        return "not asked in this run"
    if reply.fault is not None:
        return f"fault {reply.fault.kind}: {reply.fault.detail}"
    if not reply.logprobs:
        return reply.text
    labelled = zip(labels, reply.logprobs, strict=False)
    return "log-probabilities " + ", ".join(f"{name} {'–' if at is None else f'{at:.3f}'}" for name, at in labelled)
