"""Replies of the two channels that are no free text: one label, or the log-probability of each."""

import math
from collections.abc import Sequence

from vqa_eval.records import Answer


def read_label(reply: str, labels: Sequence[str]) -> Answer:
    """Return the verdict on a constrained choice: the label, or `unparsed` where the constraint was not kept."""
    said = reply.strip()
    if said in labels:
        return Answer("answered", (said,), rule="constrained")
    return Answer("unparsed", rule="not_a_label")


def read_logprobs(logprobs: Sequence[float | None], labels: Sequence[str]) -> Answer:
    """Return the verdict on log-probabilities: the likeliest label, and every option's share.

    Shares sum to one over the labels that were reported; a label that was not (it stood below what the server
    tells) has the share 0. Labels that are exactly equal at the top are a conflict, not a choice.
    """
    known = [value for value in logprobs if value is not None and not math.isnan(value)]
    if not known or not math.isfinite(max(known)) or len(logprobs) != len(labels):
        return Answer("unparsed", rule="no_logprobs")
    top = max(known)
    weights = [0.0 if value is None or math.isnan(value) else math.exp(value - top) for value in logprobs]
    total = math.fsum(weights)
    shares = tuple(weight / total for weight in weights)
    best = [label for label, weight in zip(labels, weights, strict=True) if weight == max(weights)]
    if len(best) > 1:
        return Answer("conflict", rule="equal_logprobs", shares=shares)
    return Answer("answered", tuple(best), rule="likeliest", shares=shares)
