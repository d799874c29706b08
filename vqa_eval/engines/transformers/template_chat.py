"""Says a batch of prompts through a checkpoint's own chat template and `generate`."""

import contextlib
import copy
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import TemplateError

from vqa_eval.engines.transformers.checkpoints import Checkpoint
from vqa_eval.engines.transformers.sampling import OwnStream
from vqa_eval.engines.transformers.spelling import Along, OnlyLabels, Spelling, Tokens, log_probabilities, spell
from vqa_eval.records import Channel, Fault, Prompt, Reply, Request

if TYPE_CHECKING:
    from PIL.Image import Image

Asked = tuple[Request, Sequence["Image"]]
"""A request with its pictures opened."""

_CHARACTERS = 4
"""Characters of a token, about, in English."""

_A_PICTURE = 256
"""Tokens of a picture where a processor does not tell."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """A batch as the model takes it."""

    requests: list[Request]
    tensors: Any
    """Prompts padded at their left, with their pictures, not yet on the model's device; None without requests."""
    lengths: list[int]
    """Tokens of each prompt."""
    spellings: list[Spelling]
    """How each prompt's labels are spelled; none where text is asked for."""
    refused: list[Reply]
    """Faults of prompts that are too long."""


class TemplateChat:
    """Turns prompts into a checkpoint's inputs and its tokens into replies.

    Pictures come before the text. A template without a system turn gets the system text before the question.
    Where a checkpoint has no template at all, the prompt is plain: system text, empty line, one placeholder a
    picture, the text, line end.
    """

    channels: frozenset[Channel] = frozenset({"text", "choice", "logprobs"})

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._model = checkpoint.model
        self._processor = checkpoint.processor
        self._tokenizer = getattr(checkpoint.processor, "tokenizer", checkpoint.processor)
        self._has_processor = checkpoint.reads_pictures
        # Left padding keeps the end of every prompt next to the first new token.
        self._tokenizer.padding_side = "left"
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        # One of its own for replies: a tokenizer at work in `prepare` cannot be used from another thread.
        self._reader = copy.deepcopy(self._tokenizer)
        self._picture_tokens = functools.lru_cache(maxsize=4096)(functools.partial(_tokens, checkpoint.processor))
        config = self._model.config
        text_config = config.get_text_config() if hasattr(config, "get_text_config") else config
        self._longest: int | None = getattr(text_config, "max_position_embeddings", None)

    def length(self, request: Request) -> int:
        """Return about how many tokens a prompt has."""
        text = (len(request.prompt.system) + len(request.prompt.text)) // _CHARACTERS
        return text + sum(self._picture_tokens(picture.height, picture.width) for picture in request.pictures)

    def prepare(self, batch: Sequence[Asked]) -> Inputs:
        """Return the inputs of a batch, all of one channel and sampling, either all with pictures or all without.

        Prompts beyond the model's positions, where it would babble, are refused.
        """
        requests = [request for request, _ in batch]
        texts = [self._text(request.prompt, len(pictures)) for request, pictures in batch]
        tensors = self._encode(texts, batch)
        lengths = tensors["attention_mask"].sum(dim=1).tolist()
        longest = self._longest
        if longest is not None and max(lengths) >= longest:
            fits = [asked for asked, length in zip(batch, lengths, strict=True) if length < longest]
            inputs = self.prepare(fits) if fits else Inputs([], None, [], [], [])
            inputs.refused.extend(
                Reply(
                    request.key, fault=Fault("rejected", f"the prompt has {length} tokens; the model takes {longest}")
                )
                for request, length in zip(requests, lengths, strict=True)
                if length >= longest
            )
            return inputs
        labelled = [] if requests[0].channel == "text" else list(zip(texts, requests, strict=True))
        spellings = [spell(self._tokenizer, text, request.prompt.labels) for text, request in labelled]
        return Inputs(requests, tensors, lengths, spellings, [])

    def say(self, inputs: Inputs) -> list[Reply]:
        """Return a reply for each."""
        requests, spellings, lengths = inputs.requests, inputs.spellings, inputs.lengths
        if not requests:
            return inputs.refused
        tensors = self._placed(inputs.tensors)
        if requests[0].channel == "text":
            rows = self._generate(tensors, requests).tolist()
            replies = [self._reply(*each) for each in zip(requests, rows, lengths, strict=True)]
        elif requests[0].channel == "choice":
            replies = self._choose(tensors, requests, spellings, lengths)
        else:
            replies = self._weigh(tensors, requests, spellings, lengths)
        return inputs.refused + replies

    def _encode(self, texts: list[str], batch: Sequence[Asked]) -> Any:
        bos = self._tokenizer.bos_token
        arguments: dict[str, Any] = {"padding": True, "return_tensors": "pt"}
        if (not self._has_processor and self._tokenizer.chat_template) or (bos and texts[0].startswith(bos)):
            # The template has written the special tokens already.
            arguments["add_special_tokens"] = False
        if self._has_processor:
            # Nested, since some processors read a flat list as the pictures of one prompt.
            nested = [list(pictures) for _, pictures in batch]
            inputs = self._processor(text=texts, images=nested if nested[0] else None, **arguments)
        else:
            inputs = self._tokenizer(texts, **arguments)
        return inputs

    def _text(self, prompt: Prompt, pictures: int) -> str:
        speaker = self._processor if getattr(self._processor, "chat_template", None) else self._tokenizer
        if not getattr(speaker, "chat_template", None):
            placeholder = getattr(self._processor, "image_token", None) or "<image>"
            system = f"{prompt.system}\n\n" if prompt.system else ""
            return f"{system}{placeholder * pictures}{prompt.text}\n"
        try:
            return self._templated(speaker, prompt.system, prompt.text, pictures)
        except TemplateError:
            if not prompt.system:
                raise
            return self._templated(speaker, "", f"{prompt.system}\n\n{prompt.text}", pictures)

    def _templated(self, speaker: Any, system: str, text: str, pictures: int) -> str:
        def turn(role: str, said: str, placeholders: int = 0) -> dict[str, Any]:
            if not self._has_processor:
                # Templates of text models join strings; a list would be printed as one.
                return {"role": role, "content": said}
            shown = [{"type": "image"}] * placeholders
            return {"role": role, "content": [*shown, {"type": "text", "text": said}]}

        turns = [turn("system", system)] if system else []
        turns.append(turn("user", text, pictures))
        return str(speaker.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    def _placed(self, inputs: Any) -> Any:
        """Return the inputs on the model's device, pictures in its number format."""
        inputs = inputs.to(self._model.device)
        for name, value in inputs.items():
            if value.is_floating_point():
                inputs[name] = value.to(self._model.dtype)
        return inputs

    def _generate(self, inputs: Any, requests: Sequence[Request]) -> Any:
        """Return the new tokens alone."""
        import torch

        sampling = requests[0].sampling
        arguments: dict[str, Any] = {
            "max_new_tokens": sampling.max_tokens,
            "do_sample": False,
            "num_beams": 1,
        }
        if sampling.temperature > 0:
            arguments["logits_processor"] = [OwnStream(requests, sampling)]
        arguments["pad_token_id"] = self._tokenizer.pad_token_id
        with torch.inference_mode():
            tokens = self._model.generate(**inputs, **arguments)
        return tokens[:, inputs["input_ids"].shape[1] :]

    def _choose(
        self, inputs: Any, requests: Sequence[Request], spellings: Sequence[Spelling], lengths: Sequence[int]
    ) -> list[Reply]:
        """Return the label that each prompt is answered with where nothing else can be said."""
        prompt, sampling = inputs["input_ids"].shape[1], requests[0].sampling
        processors: list[Any] = [OnlyLabels(spellings, prompt, self._ends())]
        if sampling.temperature > 0:
            processors.append(OwnStream(requests, sampling))
        # No room for the end after the longest label: nothing else could follow it.
        longest = max(len(tokens) for spelling in spellings for tokens in spelling.tokens)
        rows = self._plainly(inputs, processors, longest).sequences[:, prompt:].tolist()
        replies = []
        for request, spelling, row, length in zip(requests, spellings, rows, lengths, strict=True):
            label, tokens = spelling.read(row)
            replies.append(Reply(request.key, label, "stop", length, tokens))
        return replies

    def _weigh(
        self, inputs: Any, requests: Sequence[Request], spellings: Sequence[Spelling], lengths: Sequence[int]
    ) -> list[Reply]:
        """Return the log-probability of each prompt's labels, from the model's own scores of all tokens."""
        ways = [spelling.beginnings() for spelling in spellings]
        seen: list[dict[Tokens, Any]] = [{} for _ in spellings]
        # Labels of one token need one pass, which goes nowhere; other beginnings are followed one a pass.
        for turn in range(max(map(len, ways))):
            followed = [own[min(turn, len(own) - 1)] for own in ways]
            processors = [Along(followed, inputs["input_ids"].shape[1])]
            steps = self._plainly(inputs, processors, 1 + max(map(len, followed))).logits
            for row, way in enumerate(followed):
                for depth in range(len(way) + 1):
                    seen[row][way[:depth]] = steps[depth][row].float().log_softmax(dim=-1)
        return [
            Reply(request.key, prompt_tokens=length, reply_tokens=0, logprobs=log_probabilities(spelling, known))
            for request, spelling, known, length in zip(requests, spellings, seen, lengths, strict=True)
        ]

    def _plainly(self, inputs: Any, processors: list[Any], limit: int) -> Any:
        """Return what `generate` says and saw, with nothing but the processors between scores and tokens."""
        import torch

        with torch.inference_mode(), self._without_habits():
            return self._model.generate(
                **inputs,
                max_new_tokens=limit,
                logits_processor=processors,
                return_dict_in_generate=True,
                output_logits=True,
            )

    @contextlib.contextmanager
    def _without_habits(self) -> Iterator[None]:
        """Set aside how a checkpoint bends its scores (penalties, suppressed tokens): they would bend labels too."""
        from transformers import GenerationConfig

        own = self._model.generation_config
        self._model.generation_config = GenerationConfig(
            do_sample=False, num_beams=1, eos_token_id=sorted(self._ends()), pad_token_id=self._tokenizer.pad_token_id
        )
        try:
            yield
        finally:
            self._model.generation_config = own

    def _ends(self) -> set[int]:
        """Return the tokens that end a reply."""
        ends = self._model.generation_config.eos_token_id
        if ends is None:
            ends = self._tokenizer.eos_token_id
        return set(ends) if isinstance(ends, list) else {ends} - {None}

    def _reply(self, request: Request, row: Sequence[int], prompt_tokens: int) -> Reply:
        ends = self._ends()
        said = next((place for place, token in enumerate(row) if token in ends), len(row))
        finish: Literal["stop", "length"] = "stop" if said < len(row) else "length"
        text = self._reader.decode(row[:said], skip_special_tokens=True)
        return Reply(request.key, text.strip(), finish, prompt_tokens, said)


def _tokens(processor: Any, height: int, width: int) -> int:
    """Return how many tokens a picture of this size becomes, as processors tell it to vLLM."""
    try:
        return int(processor._get_num_multimodal_tokens(image_sizes=[(height, width)])["num_image_tokens"][0])
    # Not every processor can, each fails in its own way, and prompts are only padded a little more.
    except Exception:
        return _A_PICTURE
