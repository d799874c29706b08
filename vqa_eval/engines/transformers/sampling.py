"""Draws the next token of each prompt of a batch from that prompt's own stream of random numbers."""

import hashlib
from collections.abc import Sequence
from typing import Any

from vqa_eval.records import Request, Sampling


def seed_of(request: Request) -> int:
    """Return the seed of one request: the same wherever and beside whatever it is asked."""
    content = f"{request.sampling.seed} {request.key}".encode()
    return int.from_bytes(hashlib.sha256(content).digest()[:7])


class OwnStream:
    """Sampling for `generate(do_sample=False, logits_processor=[...])` that does not depend on the batch.

    transformers draws a batch from one global stream, so a reply would change with its neighbours and a run
    that was interrupted could not be continued to the same table. Here each row adds Gumbel noise from its
    own generator to its scaled scores; the largest sum is a draw from the softmax (the Gumbel-max theorem).
    """

    def __init__(self, requests: Sequence[Request], sampling: Sampling) -> None:
        import torch

        self._temperature = sampling.temperature
        self._top_p = sampling.top_p
        self._streams = [torch.Generator().manual_seed(seed_of(request)) for request in requests]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return the noisy scores; `generate` takes the largest of each row."""
        import torch

        scores = scores.float() / self._temperature
        if self._top_p < 1.0:
            ordered, places = scores.sort(dim=-1, descending=True)
            shares = ordered.softmax(dim=-1)
            # A token stays where the ones above it do not yet reach top_p, so the first always stays.
            ordered = ordered.masked_fill(shares.cumsum(dim=-1) - shares >= self._top_p, float("-inf"))
            scores = torch.empty_like(scores).scatter(-1, places, ordered)
        waits = torch.stack([torch.empty(scores.shape[-1]).exponential_(generator=own) for own in self._streams])
        return scores - waits.log().to(scores.device)
