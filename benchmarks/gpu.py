"""Throughput of vLLM through vqa-eval beside vLLM alone, on the same prompts, as a ratio.

One engine is opened, as vqa-eval opens it, and asked in the ways of `benchmarks.ways`, in turn. In between vLLM forgets
what it has seen, so that every way does all the work.

    python -m benchmarks.gpu --model org/name --pictures 2000
    python -m benchmarks.gpu --model 3b            random weights in the shape of Qwen2.5-VL-3B: nothing is fetched
    python -m benchmarks.gpu --model tiny --cpu    a checkpoint of a megabyte, on the CPU build
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, cast

from benchmarks import shapes
from benchmarks.bench import say
from benchmarks.contenders import Load, VqaEval
from benchmarks.hosting import ROOT
from benchmarks.report import Bar, Line, to_markdown
from benchmarks.ways import REPLY, Subject, Texts, run_order
from benchmarks.workload import write_catalog, write_pictures

if TYPE_CHECKING:
    from vqa_eval.engines.vllm import VLLMEngine

WARMING = 16
"""Prompts that are asked before anything is measured: the first ones compile and allocate."""
BAR = Bar("≤", 1.10, "ratio")

ON_CPU = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1"}
"""What vLLM's CPU build reads from the environment; a GiB is enough for prompts of one picture."""
CPU_OPTIONS = {"enforce_eager": "true", "max_model_len": "2048", "max_num_seqs": "16"}


def measured(subject: Subject, folder: Path, rounds: int) -> list[Line]:
    """Ask in each way, in turn, and return the medians as lines."""
    ways = {way.__name__: way for way in (subject.opened, subject.files, subject.asked, subject.run)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    texts: dict[str, Texts] = {}
    for number in range(rounds):
        for name, way in ways.items():
            subject.forget()
            cpu = time.process_time()
            wall, texts[name] = way(folder / f"run-{number}")
            seconds[name].append(wall)
            say(f"round {number + 1}, {name}: {wall:.2f} s, {time.process_time() - cpu:.2f} s of this process's CPU")
    count = len(subject.requests)
    took = {name: median(each) for name, each in seconds.items()}
    lines = []
    for name, part in (("asked", "engine"), ("run", "whole run")):
        alike = sum(texts[name].get(sample) == text for sample, text in texts["files"].items())
        lines += [
            Line(part, "wall, s, bare on open pictures", took[name], took["opened"], BAR),
            Line(part, "wall, s, bare on their files", took[name], took["files"], BAR),
            Line(part, "prompts a second, bare on files", count / took[name], count / took["files"]),
            Line(part, "replies that are the same", alike, count),
        ]
    return lines


def main(words: list[str] | None = None) -> int:
    """Measure and print; return 0, or 1 with --strict where the bar is missed."""
    reading = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    named = "folder or org/name of a checkpoint, or one made here: " + ", ".join(shapes.NAMES)
    reading.add_argument("--model", default=shapes.THREE_BILLION, help=named)
    reading.add_argument("--pictures", type=int, default=500, help="questions, each on a picture of its own")
    reading.add_argument("--rounds", type=int, default=3, help="goes in each way, in turn; medians are shown")
    reading.add_argument("--cpu", action="store_true", help="settings for vLLM's CPU build")
    reading.add_argument("--dtype", default="auto", help="number format of the weights, such as bfloat16")
    reading.add_argument("--concurrency", type=int, help="requests in the engine at once; else vLLM's own")
    reading.add_argument("--engine-options", default="", help="vLLM's own settings: max_model_len=4096,…")
    reading.add_argument("--strict", action="store_true", help="exit code 1 where the bar is missed")
    given = reading.parse_args(words)
    if given.cpu:
        for name, value in ON_CPU.items():
            os.environ.setdefault(name, value)
    with tempfile.TemporaryDirectory(prefix="vqa-eval-gpu-") as temporary:
        lines, devices = compared(given, Path(temporary))
    sys.stdout.write(f"{to_markdown(lines)}\n{devices}\n")
    return int(given.strict and any(line.verdict == "over" for line in lines))


def compared(given: argparse.Namespace, folder: Path) -> tuple[list[Line], str]:
    """Make data and checkpoint, open the engine, and measure; return the lines and what they were measured on."""
    from vqa_eval.catalog import Catalog
    from vqa_eval.cli.words import parse_options
    from vqa_eval.engines import EngineSettings, open_engine, parse_model
    from vqa_eval.engines.scripted import ScriptedEngine
    from vqa_eval.pipeline.run import Order
    from vqa_eval.records import Sampling
    from vqa_eval.samples import Library

    say(f"making {given.pictures:,} pictures")
    ours = VqaEval(folder / "home", write_catalog(folder / "catalog"))
    write_pictures(folder, given.pictures, scenes=given.pictures)
    adding = ours.add(Load("pictures", folder, "", 1))
    subprocess.run(adding, cwd=ROOT, env=ours.environment(), stdout=sys.stderr, check=True)  # noqa: S603 - our own words
    options = {"limit_mm_per_prompt": '{"image": 1, "video": 0}', **(CPU_OPTIONS if given.cpu else {})}
    location = given.model
    if location in shapes.NAMES:
        location = str(folder / "checkpoint")
        options |= shapes.build(given.model, folder / "checkpoint")
    options |= parse_options(given.engine_options)
    catalog, library = Catalog([folder / "catalog"]), Library(folder / "home")
    name = f"vllm:{location}"
    order = Order((name,), tree=("benchmark/bench-pictures",), sampling=Sampling(max_tokens=REPLY))
    recording = ScriptedEngine(lambda _: "A")
    run_order(order, catalog, library, folder / "recorded", recording)
    dtype = "float32" if given.cpu and given.dtype == "auto" else given.dtype
    settings = EngineSettings(folder / "home", concurrency=given.concurrency, dtype=dtype, options=options)
    say(f"opening {name}")
    engine = cast("VLLMEngine", open_engine(parse_model(name, catalog.models), settings))
    try:
        warming = Subject(engine, recording.asked[:WARMING], order, catalog, library)
        warming.files(folder)
        warming.asked(folder)
        lines = measured(Subject(engine, recording.asked, order, catalog, library), folder, given.rounds)
    finally:
        engine.close()
    return lines, f"{given.model}, {dtype}, {given.pictures:,} pictures, medians of {given.rounds}; {machine()}"


def machine() -> str:
    """Return what it ran on, and the versions."""
    import torch
    import transformers
    import vllm

    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else f"{os.cpu_count()} cores, no GPU"
    versions = (f"{library.__name__} {library.__version__}" for library in (vllm, torch, transformers))
    return f"{device}; Python {platform.python_version()}, {', '.join(versions)}"


if __name__ == "__main__":  # vLLM starts processes that read this module again
    sys.exit(main())
