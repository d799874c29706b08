"""Sample logs of lm-eval: samples_TASK_TIMESTAMP.jsonl, one line a question and filter.

What is known of them stands in EleutherAI/lm-evaluation-harness (evaluator.py, loggers/evaluation_tracker.py) and
was tried on logs of version 0.4.13. A generated reply is text; a multiple-choice task has a log-likelihood for
each option, whose sum over the tokens lm-eval's `acc` takes the largest of.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.predictions.prediction import Format, Log, Prediction
from vqa_eval.predictions.texts import as_list, as_text, field_of, parse_json, read_lines, record

QUESTIONS = ("question", "query", "problem", "input", "ctx")
"""Fields of a document that hold the question alone, without instruction and examples."""
CHOICES = ("choices", "options", "endings")
"""Fields of a document that hold the options."""
_NAME = re.compile(r"samples_(?P<task>.+)_\d{4}-\d\d-\d\dT[\d.-]+")
_LABEL = re.compile(r"\(?([A-Z])\)?\.?")


def _recognises(path: Path, head: bytes) -> bool:
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    return line.startswith(b"{") and b'"doc_id"' in line and (b'"doc"' in line or b'"resps"' in line)


def _read(path: Path) -> Log:
    name = _NAME.fullmatch(path.stem)
    return Log(name["task"] if name else path.stem.removeprefix("samples_"), _predictions(path))


def _predictions(path: Path) -> Iterator[Prediction]:
    filtered: dict[str, Any] = {}
    for number, line in read_lines(path):
        place = f"{path.name}, line {number}"
        sample = record(parse_json(line, str(path), number), place)
        identity = as_text(field_of(sample, "doc_id", place), place, "doc_id")
        # Every filter repeats the question with the same replies; the first one is read.
        if filtered.setdefault(identity, sample.get("filter")) != sample.get("filter"):
            continue
        yield from _draws(sample, identity, place)


def _draws(sample: dict[str, Any], identity: str, place: str) -> Iterator[Prediction]:
    doc = sample.get("doc")
    cells = doc if isinstance(doc, dict) else {}
    requests, replies = _requests(sample, place), field_of(sample, "resps", place)
    if not isinstance(replies, list) or len(replies) != len(requests) or not all(isinstance(r, list) for r in replies):
        raise DataError(f"{place}, resps: not one list of replies for each of {len(requests)} requests", _MEND)
    context, continuation = requests[0]
    own = next((cells[name] for name in QUESTIONS if isinstance(cells.get(name), str)), context)
    prediction = Prediction(place, identity, as_text(own, place, "doc"), cells=cells)
    if isinstance(continuation, dict):
        prediction = _generated(prediction, cells, str(sample.get("target", "")))
        for draw, text in enumerate(replies[0]):
            yield replace(prediction, text=as_text(text, place, "resps"), draw=draw)
    elif isinstance(continuation, str) and len(requests) > 1:
        yield _measured(prediction, cells, str(sample.get("target", "")), requests, replies)
    else:
        raise DataError(
            f"{place}: a likelihood of one text, not an answer", "give samples of generate_until or multiple_choice"
        )


def _requests(sample: dict[str, Any], place: str) -> list[tuple[str, Any]]:
    """Return (context, continuation or settings) of each request."""
    arguments = field_of(sample, "arguments", place)
    entries = list(arguments.values()) if isinstance(arguments, dict) else arguments
    listed = entries if isinstance(entries, list) else []
    requests = [list(entry.values()) if isinstance(entry, dict) else entry for entry in listed]
    if not requests or not all(isinstance(entry, list) and entry and isinstance(entry[0], str) for entry in requests):
        raise DataError(f"{place}, arguments: not the requests that were sent", _MEND)
    return [(entry[0], entry[1] if len(entry) > 1 else None) for entry in requests]


def _generated(prediction: Prediction, doc: dict[str, Any], target: str) -> Prediction:
    """Return a prediction with the key of a task that generates text: a choice where the document has options."""
    options, label = _choices(doc), _LABEL.fullmatch(target.strip())
    if len(options) > 1 and label:
        position = ascii_uppercase.index(label[1])
        if position >= len(options):
            raise _outside(prediction.place, target, len(options))
        return replace(prediction, options=options, correct=(position,))
    if options.count(target.strip()) == 1 and len(options) > 1:
        return replace(prediction, options=options, correct=(options.index(target.strip()),))
    listed = as_list(target)
    return replace(prediction, references=tuple(listed) if listed is not None else (target,) if target.strip() else ())


def _measured(
    prediction: Prediction, doc: dict[str, Any], target: str, requests: Sequence[tuple[str, Any]], replies: list[Any]
) -> Prediction:
    """Return a prediction with the likelihood of each option."""
    contexts, half = [context for context, _ in requests], len(requests) // 2
    # Mutual information asks for every option once more, behind nothing.
    count = half if any(contexts[:half]) and not any(contexts[half:]) else len(requests)
    texts = [as_text(text, prediction.place, "arguments").strip() for _, text in requests[:count]]
    if len(set(texts)) < count:  # the options stand in the contexts, before one continuation
        shared = sum(1 for _ in takewhile(lambda signs: len(set(signs)) == 1, zip(*contexts[:count], strict=False)))
        texts = [context[shared:].strip() for context in contexts[:count]]
    own = _choices(doc)
    options = own if len(own) == count and all(_LABEL.fullmatch(text) for text in texts) else tuple(texts)
    logprobs = tuple(_logprob(reply, prediction.place) for reply in replies[:count])
    return replace(prediction, options=options, correct=_gold(target, texts, prediction.place), logprobs=logprobs)


def _logprob(reply: list[Any], place: str) -> float | None:
    try:
        value = float(reply[0][0])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{place}, resps: {str(reply)[:80]} is no pair of log-likelihood and is_greedy", _MEND
        ) from error
    return None if math.isnan(value) else value


def _gold(target: str, texts: Sequence[str], place: str) -> tuple[int, ...]:
    """Return the position that a target names: 2, or a continuation in full.

    Where any of several continuations is right, [0, 2], there is no key: a choice here asks for all of them.
    """
    bare = target.strip()
    if not bare:
        return ()
    if bare in texts and not bare.isdecimal():
        return (texts.index(bare),)
    if re.fullmatch(r"\d{1,6}|\[\d{1,6}(, \d{1,6})*\]", bare):
        positions = {int(number) for number in re.findall(r"\d+", bare)}
        if max(positions) < len(texts):
            return tuple(positions) if len(positions) == 1 else ()
    raise _outside(place, target, len(texts))


def _choices(doc: dict[str, Any]) -> tuple[str, ...]:
    """Return the options that a document lists; none where it lists none."""
    for name in CHOICES:
        found = doc.get(name)
        found = found.get("text") if isinstance(found, dict) else found
        if isinstance(found, list) and found and all(isinstance(entry, str) for entry in found):
            return tuple(entry.strip() for entry in found)
    return ()


def _outside(place: str, target: str, count: int) -> DataError:
    return DataError(f"{place}, target: {target[:80]!r} is not one of {count} options", _MEND)


_MEND = "mend or leave out that line"

FORMAT = Format("lm_eval", "lm-eval", "samples_TASK_TIMESTAMP.jsonl", _recognises, _read)
