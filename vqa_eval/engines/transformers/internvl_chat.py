"""Says prompts through the `chat` method that InternVL 2 repositories bring as their own code.

These repositories have no processor: pictures are cut here into tiles the way their authors describe (as many
448-pixel squares as fit the picture's shape, a thumbnail beside them, ImageNet's mean and deviation), with
Pillow and torch alone. The call is proven in the tests on a stand-in repository with a `chat` of the same
signature; the real InternVL2 weights and their code have not been run here.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from vqa_eval.engines.transformers.checkpoints import Checkpoint
from vqa_eval.engines.transformers.sampling import seed_of
from vqa_eval.engines.transformers.template_chat import Asked
from vqa_eval.records import Channel, Reply, Request

if TYPE_CHECKING:
    from PIL.Image import Image

Cut = tuple[Request, Sequence[Sequence["Image"]]]
"""A request with the tiles of each of its pictures."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class InternVLChat:
    """One prompt at a time through `model.chat(tokenizer, pixel_values, question, …)`, which gives text alone."""

    channels: frozenset[Channel] = frozenset({"text"})

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._model = checkpoint.model
        self._tokenizer = checkpoint.processor
        config = checkpoint.model.config
        self._side: int = getattr(config, "force_image_size", None) or 448
        self._most: int = getattr(config, "max_dynamic_patch", None) or 12
        self._fewest: int = getattr(config, "min_dynamic_patch", None) or 1
        self._thumbnail: bool = getattr(config, "use_thumbnail", True)

    def length(self, _: Request) -> int:
        """Return the same for all: nothing is padded where each is asked alone."""
        return 0

    def prepare(self, batch: Sequence[Asked]) -> list[Cut]:
        """Return each request with its pictures cut into tiles."""
        return [
            (request, [tiles(picture, self._side, self._fewest, self._most, self._thumbnail) for picture in pictures])
            for request, pictures in batch
        ]

    def say(self, prepared: Sequence[Cut]) -> list[Reply]:
        """Return a reply for each, asked one after the other."""
        return [self._say(request, cut) for request, cut in prepared]

    def _say(self, request: Request, cut: Sequence[Sequence["Image"]]) -> Reply:
        import torch

        sampling = request.sampling
        arguments: dict[str, Any] = {
            "max_new_tokens": sampling.max_tokens,
            "do_sample": sampling.temperature > 0,
        }
        if sampling.temperature > 0:
            arguments |= {"temperature": sampling.temperature, "top_p": sampling.top_p}
        pixels = torch.cat([self._pixels(parts) for parts in cut]) if cut else None
        # The repository's code draws from the global stream: seeded by the request, and put back afterwards.
        with torch.random.fork_rng(), self._system(request) as question, self._watched() as seen:
            torch.manual_seed(seed_of(request))
            with torch.inference_mode():
                text = self._model.chat(
                    self._tokenizer,
                    pixels,
                    _placeholders(len(cut)) + question,
                    arguments,
                    history=None,
                    return_history=False,
                    num_patches_list=[len(parts) for parts in cut] or None,
                )
        return Reply(request.key, str(text).strip(), self._finish(seen, sampling.max_tokens), *_counts(seen))

    def _pixels(self, parts: Sequence["Image"]) -> Any:
        import numpy as np
        import torch

        stacked = np.stack([np.asarray(part.convert("RGB"), dtype=np.float32) for part in parts]) / 255.0
        scaled = (stacked - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)
        pixels = torch.from_numpy(scaled).permute(0, 3, 1, 2)
        return pixels.to(device=self._model.device, dtype=self._model.dtype)

    @contextlib.contextmanager
    def _system(self, request: Request) -> Iterator[str]:
        """Give the question to ask, with the prompt's system text where the model keeps its own."""
        system, question = request.prompt.system, request.prompt.text
        own = getattr(self._model, "system_message", None)
        if not system or own is None:
            yield f"{system}\n\n{question}" if system else question
            return
        self._model.system_message = system
        try:
            yield question
        finally:
            self._model.system_message = own

    @contextlib.contextmanager
    def _watched(self) -> Iterator[dict[str, Any]]:
        """Keep what `chat` passes to and gets from `generate`; the text alone does not tell why it ended."""
        seen: dict[str, Any] = {}
        generate = self._model.generate

        def watching(*positional: Any, **named: Any) -> Any:
            seen["prompt"] = named.get("input_ids")
            seen["tokens"] = generate(*positional, **named)
            return seen["tokens"]

        self._model.generate = watching
        try:
            yield seen
        finally:
            del self._model.generate

    def _finish(self, seen: dict[str, Any], limit: int) -> Literal["stop", "length", ""]:
        if "tokens" not in seen:
            return ""
        row = seen["tokens"][0].tolist()
        ended = len(row) < limit or (row and row[-1] == self._tokenizer.eos_token_id)
        return "stop" if ended else "length"


def tiles(picture: "Image", side: int, fewest: int, most: int, thumbnail: bool) -> list["Image"]:
    """Cut the picture into squares of `side` pixels in the grid nearest to its shape, thumbnail last.

    Of grids equally near, a larger one is taken where the picture has more than half its pixels.
    """
    columns, rows = _grid(picture.width, picture.height, side, fewest, most)
    resized = picture.resize((side * columns, side * rows))
    parts = [
        resized.crop((side * column, side * row, side * (column + 1), side * (row + 1)))
        for row in range(rows)
        for column in range(columns)
    ]
    if thumbnail and len(parts) > 1:
        parts.append(picture.resize((side, side)))
    return parts


def _grid(width: int, height: int, side: int, fewest: int, most: int) -> tuple[int, int]:
    grids = sorted(
        {
            (columns, rows)
            for columns in range(1, most + 1)
            for rows in range(1, most + 1)
            if fewest <= columns * rows <= most
        },
        key=lambda grid: (grid[0] * grid[1], grid),
    )
    best, nearest = (1, 1), float("inf")
    for columns, rows in grids:
        distance = abs(width / height - columns / rows)
        large = width * height > 0.5 * side * side * columns * rows
        if distance < nearest or (distance == nearest and large):
            best, nearest = (columns, rows), distance
    return best


def _placeholders(count: int) -> str:
    if count <= 1:
        return "<image>\n" * count
    return "".join(f"Image-{number}: <image>\n" for number in range(1, count + 1))


def _counts(seen: dict[str, Any]) -> tuple[int | None, int | None]:
    prompt, tokens = seen.get("prompt"), seen.get("tokens")
    return (
        None if prompt is None else int(prompt.shape[-1]),
        None if tokens is None else int(tokens.shape[-1]),
    )
