"""What may be typed after a command: names, limits and help of every option and argument."""

from pathlib import Path
from typing import Annotated

import typer

Catalogs = Annotated[
    list[Path] | None,
    typer.Option("--catalog", help="Folder with tasks/, prompts/, models/, leaderboards/ of your own."),
]

# What a run asks

Models = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", help="Card, ./folder, hf:org/name, vllm:org/name, openai:name; several by comma."),
]
Nodes = Annotated[
    list[str] | None,
    typer.Option("--tree", "-t", help="Node or expression: modality/CT, 'task/DD & !label/*nodule*'. Again: and."),
]
Prompts = Annotated[str | None, typer.Option(help="Prompt techniques by comma; without it each benchmark's own.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Ask a random sample of this size.")]
Seed = Annotated[int, typer.Option(help="Seed of the random sample and of sampled decoding.")]
Decoding = Annotated[
    str, typer.Option(help="Decoding, such as temperature=0.2,max_tokens=64,top_p=0.9; greedy without it.")
]
RunFolder = Annotated[Path | None, typer.Option(help="Folder of the run; without it a name under runs/.")]
Channels = Annotated[
    str, typer.Option(help="Ways to take an answer, side by side: text,choice,logprobs (choice questions).")
]
Rotate = Annotated[str, typer.Option(help="Ask in several orders of the options: all, or how many.")]
Blind = Annotated[bool, typer.Option("--blind", help="Ask without the pictures too: what looking brings.")]
WrongImage = Annotated[bool, typer.Option("--wrong-image", help="Ask with another sample's picture too.")]
Draws = Annotated[int, typer.Option(min=1, max=1000, help="Replies to each question; needs a temperature.")]
Slides = Annotated[Path | None, typer.Option("--slides", help="Folder in which whole slides lie, by id.")]
SlideView = Annotated[
    str,
    typer.Option(
        "--slide-view",
        help="thumbnail:1024, patches:30 (each asked, majority), montage:5x6, region:X,Y,W,H@10, features.",
    ),
]
AllowRemote = Annotated[
    list[str] | None,
    typer.Option(help="Benchmark that may be sent to another machine although its terms forbid it."),
]

# How a model is reached

BaseUrl = Annotated[
    str | None, typer.Option(help="Server that speaks the OpenAI protocol; several with the same model by comma.")
]
BatchSize = Annotated[int | None, typer.Option(min=1, help="Prompts a local model reads at once.")]
Concurrency = Annotated[int | None, typer.Option(min=1, help="Requests in flight to a server.")]
Device = Annotated[str | None, typer.Option(help="Where a local model runs, such as cuda:0 or cpu.")]
Dtype = Annotated[str, typer.Option(help="Number format of a local model's weights, such as bfloat16.")]
Attempts = Annotated[int | None, typer.Option(min=1, help="Requests sent for one sample before it is a fault.")]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="Seconds that a server may take for a request.")]
Deadline = Annotated[
    float | None, typer.Option(min=0.001, help="Seconds for one sample with all its attempts and pauses.")
]
RequestsPerMinute = Annotated[
    float | None, typer.Option(min=0.001, help="Requests a minute that the provider permits.")
]
TokensPerMinute = Annotated[float | None, typer.Option(min=0.001, help="Tokens a minute that the provider permits.")]
Batch = Annotated[bool, typer.Option("--batch", help="Ask through the provider's batch API: slower, cheaper.")]
Serve = Annotated[bool, typer.Option("--serve", help="Start a vLLM server for the run, and stop it after.")]
TensorParallel = Annotated[int | None, typer.Option(min=1, help="GPUs that one copy of the model is cut over.")]
Replicas = Annotated[int | None, typer.Option(min=1, help="Copies of a local model, side by side.")]
Ray = Annotated[str, typer.Option(help="Ray cluster for the replicas: its address, auto or local.")]
EngineOptions = Annotated[
    str, typer.Option(help="Settings by the engine's own names, such as max_model_len=4096,enforce_eager=true.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")]

# What it costs

Budget = Annotated[str, typer.Option(help="Stop, resumable, when so much is spent: 20usd.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count and estimate; ask nobody but what --probe names.")]
Probe = Annotated[
    int, typer.Option(min=0, help="With --dry-run: ask so many samples to measure; their replies are kept.")
]
Version = Annotated[bool, typer.Option("--version", help="Print the version.")]

# What is done with runs

Run = Annotated[Path, typer.Argument(help="Folder of a run.")]
Runs = Annotated[list[Path], typer.Argument(help="Folders of runs.")]
Profiles = Annotated[
    str, typer.Option(help="Other harnesses' ways to read and score, by comma, beside ours: vlmevalkit, …, all.")
]
Metrics = Annotated[
    str, typer.Option(help="Metrics beside the usual ones, by comma: classification.macro_f1, region.mean_iou.")
]
Labellers = Annotated[
    str, typer.Option(help="What labels reports, by comma, such as chexbert:FOLDER; asked once, then kept.")
]
Diff = Annotated[
    bool, typer.Option("--diff", help="Show which samples are read or scored otherwise than before, and why.")
]
Extractor = Annotated[str, typer.Option(help="Model that reads what the rules leave unparsed, in a column of its own.")]
Form = Annotated[str, typer.Option("--format", help="screen, md, csv or json.")]

MaybeRun = Annotated[Path | None, typer.Argument(help="Folder of a run.")]
RunToShow = Annotated[Path | None, typer.Option(help="Run whose replies are shown too.")]
Stdin = Annotated[bool, typer.Option("--stdin", help="Read JSON lines {options, reply, multi} and answer each.")]
Audit = Annotated[int, typer.Option(min=0, help="Replies shown for each status, drawn at random.")]
Review = Annotated[
    Path | None, typer.Option(help="File for 100 random answered replies and all others, to check by eye.")
]
ExtractorUrl = Annotated[str, typer.Option(help="Server of the extractor.")]
Predictions = Annotated[list[Path], typer.Argument(help="Predictions of VLMEvalKit, lm-eval or inspect_ai.")]
NameOnBoard = Annotated[str, typer.Option("--model", "-m", help="Name on the board; else the files' own.")]
RepeatedTask = Annotated[
    str | None, typer.Option(help="Benchmark whose published rows the files repeat: its nodes and key are taken.")
]
ExportForm = Annotated[str, typer.Option("--to", help="Form to write: gmai-submission.")]
ExportFile = Annotated[Path | None, typer.Option(help="File to write; without it a name in the run's folder.")]
BoardAxes = Annotated[str, typer.Option(help="Axes by comma, such as modality,task; else the board's own.")]
MapAxes = Annotated[str, typer.Option(help="Axes of the map of nodes by comma; else the default board's.")]
Board = Annotated[str, typer.Option(help="File of leaderboards/ to follow.")]
Against = Annotated[str, typer.Option(help="Test only the pairs with this model.")]

# What is looked at

ServedModel = Annotated[str, typer.Argument(help="Card, ./folder or hf:org/name.")]
NodesOrAxes = Annotated[list[str] | None, typer.Argument(help="Node or expression; without it the axes.")]
SampleOrBenchmark = Annotated[
    str | None, typer.Argument(help="Id of a sample; of a benchmark, or without it, some ids under --tree.")
]
Technique = Annotated[str, typer.Option(help="Render this technique; without it the benchmark's own.")]
TechniqueOrAll = Annotated[str | None, typer.Argument(help="Technique; without it all of them.")]
PictureFolder = Annotated[Path | None, typer.Option(help="Folder for the pictures exactly as they are sent.")]
HowMany = Annotated[int, typer.Option(min=1, help="How many ids to list.")]

# Benchmarks

Benchmark = Annotated[str, typer.Argument(help="Id of the benchmark.")]
BenchmarkOrAll = Annotated[str, typer.Argument(help="Id of one, to read how it is got; without it all.")]
Published = Annotated[Path, typer.Argument(help="File or folder as published.")]
NewBenchmark = Annotated[str, typer.Argument(help="Id of the new benchmark.")]
Source = Annotated[str, typer.Argument(help="Table, folder, or hf:org/name[:config][@split].")]
OwnCatalog = Annotated[Path, typer.Option(help="Folder of your own catalogue.")]
Kind = Annotated[str, typer.Option(help="choice, open or caption, where the table does not say.")]
QuestionColumn = Annotated[str, typer.Option(help="Column that asks, where its name does not say.")]
AnswerColumn = Annotated[str, typer.Option(help="Column with the right answer, where its name does not say.")]
Split = Annotated[str, typer.Option(help="Another split than the one that it is evaluated on.")]
