"""The words of the command line. Each command imports what it does when it is called, so help is at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vqa_eval.catalog import Catalog

app = typer.Typer(
    name="vqa-eval",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Home of data and built models: VQA_EVAL_HOME, else the platform's data folder.",
)
data = typer.Typer(help="The benchmarks at hand: list, get, add, new, check, prepare, remove.", no_args_is_help=True)
app.add_typer(data, name="data")

CatalogOption = Annotated[
    list[Path] | None,
    typer.Option("--catalog", help="Folder with tasks/, prompts/, models/, leaderboards/ of your own."),
]
TreeOption = Annotated[
    list[str] | None,
    typer.Option("--tree", "-t", help="Node or expression: modality/CT, 'task/DD & !label/*nodule*'. Again: and."),
]

SlidesOption = Annotated[Path | None, typer.Option("--slides", help="Folder in which whole slides lie, by id.")]
SlideViewOption = Annotated[
    str,
    typer.Option(
        "--slide-view",
        help="thumbnail:1024, patches:30 (each asked, majority), montage:5x6, region:X,Y,W,H@10, features.",
    ),
]


def open_catalog(folders: list[Path] | None) -> "Catalog":
    """Return the catalogue with the user's own folders in front."""
    from vqa_eval.catalog import Catalog

    return Catalog(folders or ())


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="Card, ./folder, hf:org/name, openai:name; several by comma."),
    ] = None,
    tree: TreeOption = None,
    prompt: Annotated[
        str | None, typer.Option(help="Prompt techniques by comma; without it each benchmark's own.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a random sample of this size.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random sample and of sampled decoding.")] = 0,
    sampling: Annotated[
        str, typer.Option(help="Decoding, such as temperature=0.2,max_tokens=64,top_p=0.9; greedy without it.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder of the run; without it a name under runs/.")] = None,
    base_url: Annotated[
        str, typer.Option(help="Server that speaks the OpenAI protocol; several with the same model by comma.")
    ] = "",
    channels: Annotated[
        str, typer.Option(help="Ways to take an answer, side by side: text,choice,logprobs (choice questions).")
    ] = "text",
    rotate: Annotated[str, typer.Option(help="Ask in several orders of the options: all, or how many.")] = "",
    blind: Annotated[bool, typer.Option("--blind", help="Ask without the pictures too: what looking brings.")] = False,
    wrong_image: Annotated[bool, typer.Option("--wrong-image", help="Ask with another sample's picture too.")] = False,
    draws: Annotated[int, typer.Option(min=1, max=1000, help="Replies to each question; needs a temperature.")] = 1,
    slides: SlidesOption = None,
    slide_view: SlideViewOption = "",
    allow_remote: Annotated[
        list[str] | None,
        typer.Option(help="Benchmark that may be sent to another machine although its terms forbid it."),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Prompts a local model reads at once.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Requests in flight to a server.")] = None,
    device: Annotated[str | None, typer.Option(help="Where a local model runs, such as cuda:0 or cpu.")] = None,
    dtype: Annotated[str, typer.Option(help="Number format of a local model's weights, such as bfloat16.")] = "auto",
    attempts: Annotated[
        int | None, typer.Option(min=1, help="Requests sent for one sample before it is a fault.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds that a server may take for a request.")
    ] = None,
    deadline: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds for one sample with all its attempts and pauses.")
    ] = None,
    rpm: Annotated[float | None, typer.Option(min=0.001, help="Requests a minute that the provider permits.")] = None,
    tpm: Annotated[float | None, typer.Option(min=0.001, help="Tokens a minute that the provider permits.")] = None,
    budget: Annotated[str, typer.Option(help="Stop, resumable, when so much is spent: 20usd.")] = "",
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask through the provider's batch API: slower, cheaper.")
    ] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Start a vLLM server for the run, and stop it after.")] = False,
    tensor_parallel: Annotated[
        int | None, typer.Option(min=1, help="GPUs that one copy of the model is cut over.")
    ] = None,
    replicas: Annotated[int | None, typer.Option(min=1, help="Copies of a local model, side by side.")] = None,
    ray: Annotated[str, typer.Option(help="Ray cluster for the replicas: its address, auto or local.")] = "",
    engine_options: Annotated[
        str, typer.Option(help="Settings by the engine's own names, such as max_model_len=4096,enforce_eager=true.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and estimate; ask nobody.")] = False,
    probe: Annotated[
        int, typer.Option(min=0, help="With --dry-run: ask so many samples to measure; their replies are kept.")
    ] = 0,
    catalog: CatalogOption = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Judge a medical vision-language model on a node of the lexical tree.

    vqa-eval --model tiny-vlm --tree modality/CT
    """
    if context.invoked_subcommand is not None:
        if catalog or model or tree:
            raise typer.BadParameter(f"give the options after the word: vqa-eval {context.invoked_subcommand} …")
        return
    if version:
        import vqa_eval

        typer.echo(f"vqa-eval {vqa_eval.__version__}")
        return
    if not model and not tree:
        typer.echo(context.get_help())
        raise typer.Exit(0)
    from vqa_eval.cli.running import run_order
    from vqa_eval.cli.words import listed, named_nodes, parse_checks, parse_options, parse_sampling
    from vqa_eval.engines import EngineSettings
    from vqa_eval.pipeline.run import Order
    from vqa_eval.samples import home

    order = Order(
        models=listed(*(model or ())),
        tree=named_nodes(tree or ()),
        prompts=listed(prompt or ""),
        limit=limit,
        seed=seed,
        sampling=parse_sampling(sampling, seed),
        out=out,
        base_url=base_url,
        checks=parse_checks(channels, rotate, blind, wrong_image, draws),
        slides=slides,
        slide_view=slide_view,
        allow_remote=listed(*(allow_remote or ())),
    )
    settings = EngineSettings(
        home=home(),
        batch_size=batch_size,
        concurrency=concurrency,
        device=device,
        dtype=dtype,
        attempts=attempts,
        timeout=timeout,
        deadline=deadline,
        requests_per_minute=rpm,
        tokens_per_minute=tpm,
        batch=batch,
        serve=serve,
        tensor_parallel=tensor_parallel,
        replicas=replicas,
        ray=ray,
        options=parse_options(engine_options),
    )
    raise typer.Exit(run_order(order, open_catalog(catalog), settings, dry_run, budget=budget, probe=probe))


@app.command("serve")
def serve_command(
    model: Annotated[str, typer.Argument(help="Card, ./folder or hf:org/name.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    tensor_parallel: Annotated[
        int | None, typer.Option(min=1, help="GPUs that one copy of the model is cut over.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="Number format of the weights, such as bfloat16.")] = "auto",
    engine_options: Annotated[
        str, typer.Option(help="Settings by vLLM's own names, such as max_model_len=4096,enforce_eager=true.")
    ] = "",
    catalog: CatalogOption = None,
) -> None:
    """Serve a model with vLLM until Ctrl-C, and say which command asks it."""
    from vqa_eval.cli.serving import serve_model
    from vqa_eval.cli.words import parse_options
    from vqa_eval.engines import EngineSettings
    from vqa_eval.samples import home

    settings = EngineSettings(
        home=home(), dtype=dtype, tensor_parallel=tensor_parallel, options=parse_options(engine_options)
    )
    raise typer.Exit(serve_model(model, port, settings, open_catalog(catalog)))


@app.command("tree")
def tree_command(
    node: Annotated[list[str] | None, typer.Argument(help="Node or expression; without it the axes.")] = None,
    catalog: CatalogOption = None,
) -> None:
    """Print a part of the lexical tree with the samples that hang in it, by benchmark."""
    from vqa_eval.cli.looking import show_tree

    show_tree(tuple(node or ()), open_catalog(catalog))


@app.command("show")
def show_command(
    sample: Annotated[
        str | None, typer.Argument(help="Id of a sample; of a benchmark, or without it, some ids under --tree.")
    ] = None,
    tree: TreeOption = None,
    prompt: Annotated[str, typer.Option(help="Render this technique; without it the benchmark's own.")] = "",
    run: Annotated[Path | None, typer.Option(help="Run whose replies are shown too.")] = None,
    save: Annotated[Path | None, typer.Option(help="Folder for the pictures exactly as they are sent.")] = None,
    slides: SlidesOption = None,
    slide_view: SlideViewOption = "",
    limit: Annotated[int, typer.Option(min=1, help="How many ids to list.")] = 10,
    catalog: CatalogOption = None,
) -> None:
    """Show a sample: question, options, key, places in the tree, the prompt, and what a run made of it."""
    from vqa_eval.cli.looking import list_samples, show_sample

    opened = open_catalog(catalog)
    if sample is None or sample in opened.tasks:
        list_samples((*(tree or ()), *([f"benchmark/{sample}"] if sample else [])), limit, opened)
    else:
        show_sample(sample, prompt, run, save, opened, slides=slides, slide_view=slide_view)


@app.command("prompt")
def prompt_command(
    name: Annotated[str | None, typer.Argument(help="Technique; without it all of them.")] = None,
    catalog: CatalogOption = None,
) -> None:
    """List the prompt techniques, or print one as it is written."""
    from vqa_eval.cli.looking import show_prompts

    show_prompts(name, open_catalog(catalog))


@app.command("answers")
def answers_command(
    run: Annotated[Path | None, typer.Argument(help="Folder of a run.")] = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read JSON lines {options, reply, multi} and answer each.")
    ] = False,
    audit: Annotated[int, typer.Option(min=0, help="Replies shown for each status, drawn at random.")] = 3,
    review: Annotated[
        Path | None, typer.Option(help="File for 100 random answered replies and all others, to check by eye.")
    ] = None,
) -> None:
    """Show how the replies of a run were read: statuses, rules, and some of what was not an answer."""
    from vqa_eval.cli.reading import read_lines, show_answers

    if stdin == (run is not None):
        raise typer.BadParameter("give the folder of a run, or --stdin")
    if run is None:
        read_lines()
    else:
        show_answers(run, audit, review)


@app.command("score")
def score_command(
    run: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    profile: Annotated[
        str, typer.Option(help="Other harnesses' ways to read and score, by comma, beside ours: vlmevalkit, …, all.")
    ] = "",
    metrics: Annotated[
        str, typer.Option(help="Metrics beside the usual ones, by comma: classification.macro_f1, region.mean_iou.")
    ] = "",
    labeller: Annotated[
        str, typer.Option(help="What labels reports, by comma, such as chexbert:FOLDER; asked once, then kept.")
    ] = "",
    diff: Annotated[
        bool, typer.Option("--diff", help="Show which samples are read or scored otherwise than before, and why.")
    ] = False,
    extractor: Annotated[
        str, typer.Option(help="Model that reads what the rules leave unparsed, in a column of its own.")
    ] = "",
    base_url: Annotated[str, typer.Option(help="Server of the extractor.")] = "",
    catalog: CatalogOption = None,
) -> None:
    """Read and score the stored replies of runs again; no engine, no network (but for --extractor)."""
    from vqa_eval.cli.scoring import Scoring, score_runs
    from vqa_eval.cli.words import listed

    raise typer.Exit(
        score_runs(
            run,
            open_catalog(catalog),
            Scoring(listed(profile), listed(metrics), diff, extractor, base_url, listed(labeller)),
        )
    )


@app.command("import")
def import_command(
    file: Annotated[list[Path], typer.Argument(help="Predictions of VLMEvalKit, lm-eval or inspect_ai.")],
    model: Annotated[str, typer.Option("--model", "-m", help="Name on the board; else the files' own.")] = "",
    task: Annotated[
        str | None, typer.Option(help="Benchmark whose published rows the files repeat: its nodes and key are taken.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; without it a name under runs/.")] = None,
    catalog: CatalogOption = None,
) -> None:
    """Make a run of predictions that another harness stored, and score it: no engine, no network."""
    from vqa_eval.cli.adopting import import_predictions

    raise typer.Exit(import_predictions(file, model, task, out, open_catalog(catalog)))


@app.command("export")
def export_command(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    to: Annotated[str, typer.Option("--to", help="Form to write: gmai-submission.")],
    out: Annotated[Path | None, typer.Option(help="File to write; without it a name in the run's folder.")] = None,
    catalog: CatalogOption = None,
) -> None:
    """Write a run's replies in the form that a benchmark's maintainers take them in."""
    from vqa_eval.cli.exporting import export_run

    raise typer.Exit(export_run(run, to, out, open_catalog(catalog)))


@app.command("board")
def board_command(
    run: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    by: Annotated[str, typer.Option(help="Axes by comma, such as modality,task; else the board's own.")] = "",
    board: Annotated[str, typer.Option(help="File of leaderboards/ to follow.")] = "default",
    form: Annotated[str, typer.Option("--format", help="screen, md, csv or json.")] = "screen",
    catalog: CatalogOption = None,
) -> None:
    """Print the leaderboard of stored runs."""
    from vqa_eval.cli.scoring import print_boards
    from vqa_eval.cli.words import listed

    raise typer.Exit(print_boards(run, board, listed(by), form, open_catalog(catalog)))


@app.command("compare")
def compare_command(
    run: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    by: Annotated[str, typer.Option(help="Axes of the map of nodes by comma; else the default board's.")] = "",
    against: Annotated[str, typer.Option(help="Test only the pairs with this model.")] = "",
    form: Annotated[str, typer.Option("--format", help="screen, md, csv or json.")] = "screen",
    catalog: CatalogOption = None,
) -> None:
    """Hold the rows of runs against each other: ranks with ties, paired differences, nodes that differ."""
    from vqa_eval.cli.comparing import compare_runs
    from vqa_eval.cli.words import listed

    raise typer.Exit(compare_runs(run, listed(by), against, form, open_catalog(catalog)))


@app.command("check")
def check_command(catalog: CatalogOption = None) -> None:
    """Read every task, prompt, model, board and lexicon file and say whether all is well."""
    from vqa_eval.cli.looking import check_catalog

    check_catalog(open_catalog(catalog))


@data.command("list")
def data_list(
    benchmark: Annotated[str, typer.Argument(help="Id of one, to read how it is got; without it all.")] = "",
    catalog: CatalogOption = None,
) -> None:
    """Say which benchmarks are at hand, which are not, and how to bring them."""
    from vqa_eval.cli.stocking import list_data

    list_data(open_catalog(catalog), benchmark)


@data.command("add")
def data_add(
    benchmark: Annotated[str, typer.Argument(help="Id of the benchmark.")],
    path: Annotated[Path, typer.Argument(help="File or folder as published.")],
    catalog: CatalogOption = None,
) -> None:
    """Take a benchmark's published files into the home folder."""
    from vqa_eval.cli.stocking import add_data

    add_data(benchmark, path, open_catalog(catalog))


@data.command("new")
def data_new(
    benchmark: Annotated[str, typer.Argument(help="Id of the new benchmark.")],
    source: Annotated[str, typer.Argument(help="Table, folder, or hf:org/name[:config][@split].")],
    out: Annotated[Path, typer.Option(help="Folder of your own catalogue.")] = Path("catalog"),
    kind: Annotated[str, typer.Option(help="choice, open or caption, where the table does not say.")] = "",
    question: Annotated[str, typer.Option(help="Column that asks, where its name does not say.")] = "",
    answer: Annotated[str, typer.Option(help="Column with the right answer, where its name does not say.")] = "",
    catalog: CatalogOption = None,
) -> None:
    """Write the task file of a benchmark of your own, from a look at its table."""
    from vqa_eval.cli.stocking import new_data

    given = {name: column for name, column in (("question", question), ("answer", answer)) if column}
    raise typer.Exit(new_data(benchmark, source, out, kind, open_catalog(catalog), given=given))


@data.command("check")
def data_check(
    benchmark: Annotated[str, typer.Argument(help="Id of the benchmark.")], catalog: CatalogOption = None
) -> None:
    """Look for what is wrong or odd in a benchmark at hand: doubles, leaks, missing pictures, unread keys."""
    from vqa_eval.cli.stocking import check_data

    raise typer.Exit(check_data(benchmark, open_catalog(catalog)))


@data.command("prepare")
def data_prepare(
    benchmark: Annotated[str, typer.Argument(help="Id of the benchmark.")], catalog: CatalogOption = None
) -> None:
    """Go on with what was cut short, and prepare again what an earlier task file made."""
    from vqa_eval.cli.stocking import prepare_data

    prepare_data(benchmark, open_catalog(catalog))


@data.command("get")
def data_get(
    benchmark: Annotated[str, typer.Argument(help="Id of the benchmark.")],
    split: Annotated[str, typer.Option(help="Another split than the one that it is evaluated on.")] = "",
    catalog: CatalogOption = None,
) -> None:
    """Fetch a benchmark's tables from the hub; a transfer that was cut short goes on."""
    from vqa_eval.cli.stocking import get_data

    get_data(benchmark, split, open_catalog(catalog))


@data.command("remove")
def data_remove(
    benchmark: Annotated[str, typer.Argument(help="Id of the benchmark.")], catalog: CatalogOption = None
) -> None:
    """Delete a benchmark's prepared data; the published files stay where they are."""
    from vqa_eval.cli.stocking import remove_data

    remove_data(benchmark, open_catalog(catalog))
