"""The commands. Each imports what it does when it is called, so help is at once; `options` says what follows them."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vqa_eval.cli import options

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


def open_catalog(folders: list[Path] | None) -> "Catalog":
    """Return the catalogue with the user's own folders in front."""
    from vqa_eval.catalog import Catalog

    return Catalog(folders or ())


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    model: options.Models = None,
    tree: options.Nodes = None,
    prompt: options.Prompts = None,
    limit: options.Limit = None,
    seed: options.Seed = 0,
    sampling: options.Decoding = "",
    out: options.RunFolder = None,
    base_url: options.BaseUrl = None,
    channels: options.Channels = "text",
    rotate: options.Rotate = "",
    blind: options.Blind = False,
    wrong_image: options.WrongImage = False,
    draws: options.Draws = 1,
    slides: options.Slides = None,
    slide_view: options.SlideView = "",
    allow_remote: options.AllowRemote = None,
    batch_size: options.BatchSize = None,
    concurrency: options.Concurrency = None,
    device: options.Device = None,
    dtype: options.Dtype = "auto",
    attempts: options.Attempts = None,
    timeout: options.Timeout = None,
    deadline: options.Deadline = None,
    rpm: options.RequestsPerMinute = None,
    tpm: options.TokensPerMinute = None,
    budget: options.Budget = "",
    batch: options.Batch = False,
    serve: options.Serve = False,
    tensor_parallel: options.TensorParallel = None,
    replicas: options.Replicas = None,
    ray: options.Ray = "",
    engine_options: options.EngineOptions = "",
    dry_run: options.DryRun = False,
    probe: options.Probe = 0,
    catalog: options.Catalogs = None,
    version: options.Version = False,
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
    from vqa_eval.cli.words import listed, named_nodes, named_server, parse_checks, parse_options, parse_sampling
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
        base_url=named_server(base_url),
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
    model: options.ServedModel,
    port: options.Port = 8000,
    tensor_parallel: options.TensorParallel = None,
    dtype: options.Dtype = "auto",
    engine_options: options.EngineOptions = "",
    catalog: options.Catalogs = None,
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
    node: options.NodesOrAxes = None,
    catalog: options.Catalogs = None,
) -> None:
    """Print a part of the lexical tree with the samples that hang in it, by benchmark."""
    from vqa_eval.cli.looking import show_tree

    show_tree(tuple(node or ()), open_catalog(catalog))


@app.command("show")
def show_command(
    sample: options.SampleOrBenchmark = None,
    tree: options.Nodes = None,
    prompt: options.Technique = "",
    run: options.RunToShow = None,
    save: options.PictureFolder = None,
    slides: options.Slides = None,
    slide_view: options.SlideView = "",
    limit: options.HowMany = 10,
    catalog: options.Catalogs = None,
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
    name: options.TechniqueOrAll = None,
    catalog: options.Catalogs = None,
) -> None:
    """List the prompt techniques, or print one as it is written."""
    from vqa_eval.cli.looking import show_prompts

    show_prompts(name, open_catalog(catalog))


@app.command("answers")
def answers_command(
    run: options.MaybeRun = None,
    stdin: options.Stdin = False,
    audit: options.Audit = 3,
    review: options.Review = None,
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
    run: options.Runs,
    profile: options.Profiles = "",
    metrics: options.Metrics = "",
    labeller: options.Labellers = "",
    diff: options.Diff = False,
    extractor: options.Extractor = "",
    base_url: options.ExtractorUrl = "",
    catalog: options.Catalogs = None,
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
    file: options.Predictions,
    model: options.NameOnBoard = "",
    task: options.RepeatedTask = None,
    out: options.RunFolder = None,
    catalog: options.Catalogs = None,
) -> None:
    """Make a run of predictions that another harness stored, and score it: no engine, no network."""
    from vqa_eval.cli.adopting import import_predictions

    raise typer.Exit(import_predictions(file, model, task, out, open_catalog(catalog)))


@app.command("export")
def export_command(
    run: options.Run,
    to: options.ExportForm,
    out: options.ExportFile = None,
    catalog: options.Catalogs = None,
) -> None:
    """Write a run's replies in the form that a benchmark's maintainers take them in."""
    from vqa_eval.cli.exporting import export_run

    raise typer.Exit(export_run(run, to, out, open_catalog(catalog)))


@app.command("board")
def board_command(
    run: options.Runs,
    by: options.BoardAxes = "",
    board: options.Board = "default",
    form: options.Form = "screen",
    catalog: options.Catalogs = None,
) -> None:
    """Print the leaderboard of stored runs."""
    from vqa_eval.cli.scoring import print_boards
    from vqa_eval.cli.words import listed

    raise typer.Exit(print_boards(run, board, listed(by), form, open_catalog(catalog)))


@app.command("compare")
def compare_command(
    run: options.Runs,
    by: options.MapAxes = "",
    against: options.Against = "",
    form: options.Form = "screen",
    catalog: options.Catalogs = None,
) -> None:
    """Hold the rows of runs against each other: ranks with ties, paired differences, nodes that differ."""
    from vqa_eval.cli.comparing import compare_runs
    from vqa_eval.cli.words import listed

    raise typer.Exit(compare_runs(run, listed(by), against, form, open_catalog(catalog)))


@app.command("check")
def check_command(catalog: options.Catalogs = None) -> None:
    """Read every task, prompt, model, board and lexicon file and say whether all is well."""
    from vqa_eval.cli.checking import check_catalog

    check_catalog(open_catalog(catalog))


@data.command("list")
def data_list(
    benchmark: options.BenchmarkOrAll = "",
    catalog: options.Catalogs = None,
) -> None:
    """Say which benchmarks are at hand, which are not, and how to bring them."""
    from vqa_eval.cli.stocking import list_data

    list_data(open_catalog(catalog), benchmark)


@data.command("add")
def data_add(
    benchmark: options.Benchmark,
    path: options.Published,
    catalog: options.Catalogs = None,
) -> None:
    """Take a benchmark's published files into the home folder."""
    from vqa_eval.cli.stocking import add_data

    add_data(benchmark, path, open_catalog(catalog))


@data.command("new")
def data_new(
    benchmark: options.NewBenchmark,
    source: options.Source,
    out: options.OwnCatalog = Path("catalog"),
    kind: options.Kind = "",
    question: options.QuestionColumn = "",
    answer: options.AnswerColumn = "",
    catalog: options.Catalogs = None,
) -> None:
    """Write the task file of a benchmark of your own, from a look at its table."""
    from vqa_eval.cli.stocking import new_data

    given = {name: column for name, column in (("question", question), ("answer", answer)) if column}
    raise typer.Exit(new_data(benchmark, source, out, kind, open_catalog(catalog), given=given))


@data.command("check")
def data_check(benchmark: options.Benchmark, catalog: options.Catalogs = None) -> None:
    """Look for what is wrong or odd in a benchmark at hand: doubles, leaks, missing pictures, unread keys."""
    from vqa_eval.cli.stocking import check_data

    raise typer.Exit(check_data(benchmark, open_catalog(catalog)))


@data.command("prepare")
def data_prepare(benchmark: options.Benchmark, catalog: options.Catalogs = None) -> None:
    """Go on with what was cut short, and prepare again what an earlier task file made."""
    from vqa_eval.cli.stocking import prepare_data

    prepare_data(benchmark, open_catalog(catalog))


@data.command("get")
def data_get(
    benchmark: options.Benchmark,
    split: options.Split = "",
    catalog: options.Catalogs = None,
) -> None:
    """Fetch a benchmark's tables from the hub; a transfer that was cut short goes on."""
    from vqa_eval.cli.stocking import get_data

    get_data(benchmark, split, open_catalog(catalog))


@data.command("remove")
def data_remove(benchmark: options.Benchmark, catalog: options.Catalogs = None) -> None:
    """Delete a benchmark's prepared data; the published files stay where they are."""
    from vqa_eval.cli.stocking import remove_data

    remove_data(benchmark, open_catalog(catalog))
