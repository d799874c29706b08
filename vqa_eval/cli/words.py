"""Small grammars of the command line: lists by comma and decoding settings."""

import math
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import get_args

from vqa_eval.errors import EngineError, TreeError
from vqa_eval.pipeline.due import ALL, Checks
from vqa_eval.records import Channel, Sampling


def listed(*texts: str) -> tuple[str, ...]:
    """Return the entries of comma-separated texts, empty ones left out, each once."""
    return tuple(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))


def named_nodes(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the tree expressions; TreeError where none is given, since everything at hand may be a lot."""
    if not texts or not all(text.strip() for text in texts):
        raise TreeError("no node of the tree", "name one: --tree modality/CT; everything at hand: --tree benchmark")
    return tuple(texts)


def named_server(text: str | None) -> str:
    """Return the server that is named, or nothing; EngineError for an empty name, as of a variable that is not set."""
    if text is not None and not text.strip(" ,"):
        raise EngineError("--base-url is empty: the questions would go to the provider", "name the server, or drop it")
    return text or ""


def parse_sampling(text: str, seed: int) -> Sampling:
    """Return decoding settings from "temperature=0.2,max_tokens=64"; EngineError for what is no setting."""
    known = {field.name: field.type for field in fields(Sampling)}
    values: dict[str, float | int] = {}
    for entry in listed(text):
        name, equals, value = entry.partition("=")
        if not equals or name.strip() not in known:
            raise EngineError(f"--sampling {entry!r} is no setting", f"settings: {', '.join(known)}")
        kind = int if known[name.strip()] in (int, "int") else float
        try:
            values[name.strip()] = kind(value)
        except ValueError as error:
            raise EngineError(
                f"--sampling {entry!r}: {value!r} is no {kind.__name__}", "try: temperature=0.2"
            ) from error
    chosen = replace(Sampling(seed=seed), **values)  # type: ignore[arg-type]  # checked against the fields above
    finite = math.isfinite(chosen.temperature) and math.isfinite(chosen.top_p)
    if not finite or chosen.temperature < 0 or chosen.max_tokens < 1 or not 0 < chosen.top_p <= 1:
        raise EngineError(f"--sampling {text!r} is out of range", "temperature ≥ 0, max_tokens ≥ 1, 0 < top_p ≤ 1")
    return chosen


def parse_options(text: str) -> dict[str, str]:
    """Return an engine's own settings from "max_model_len=4096,enforce_eager=true"; EngineError for what is none."""
    options: dict[str, str] = {}
    for entry in listed(text):
        name, equals, value = entry.partition("=")
        if not equals or not name.strip().isidentifier():
            raise EngineError(f"--engine-options {entry!r} is no setting", "try: --engine-options max_model_len=4096")
        options[name.strip()] = value.strip()
    return options


def parse_checks(channels: str, rotate: str, blind: bool, wrong_image: bool, draws: int) -> Checks:
    """Return what is asked beside the plain question; EngineError for a word that is none of it."""
    known = get_args(Channel)
    asked = [channel for channel in known if channel in listed(channels) and channel != "text"]
    unknown = [word for word in listed(channels) if word not in known]
    if unknown:
        raise EngineError(f"--channels {unknown[0]!r} is no channel", f"channels: {', '.join(known)}")
    if rotate not in ("", "all") and not re.fullmatch("[1-9][0-9]{1,4}|[2-9]", rotate):
        raise EngineError(f"--rotate {rotate!r} is no number of orders", "try: --rotate all, or --rotate 2")
    orders = ALL if rotate == "all" else int(rotate or 1)
    return Checks(tuple(asked), orders, blind, wrong_image, draws)
