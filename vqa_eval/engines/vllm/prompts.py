"""Turns a request into what vLLM is given: the very tokens that its `LLM.chat` makes of the same messages.

Pictures come before the text, and each bears its digest, so that questions about one picture share its work. A
template without a system turn gets the system text before the question. Where a checkpoint has no template at
all, the prompt is plain: system text, empty line, one placeholder a picture, the text, line end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from vqa_eval.engines.transformers.sampling import seed_of
from vqa_eval.engines.transformers.spelling import Spelling, Tokens, spell
from vqa_eval.engines.vllm import labels as vllm_labels
from vqa_eval.records import Request

if TYPE_CHECKING:
    from PIL.Image import Image


class RefusedError(Exception):
    """Why the model cannot be asked one request; the next one may be fine."""


@dataclass(frozen=True, slots=True)
class Job:
    """One input of the engine: a request is one, or several where labels are several tokens."""

    prompt: Any
    """vLLM's `EngineInput`."""
    sampling: Any
    """vLLM's `SamplingParams`."""
    said: Tokens = ()
    """Beginning of a label that stands at the end of the prompt."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the engine gets it."""

    jobs: tuple[Job, ...]
    spelling: Spelling | None = None
    """How its labels are written, where each is weighed."""


class Prompts:
    """Makes requests ready for one `vllm.LLM`, one after the other: vLLM's cache of pictures counts on the order."""

    def __init__(self, llm: Any) -> None:
        self._llm = llm
        self._renderer = llm.renderer
        self._tokenizer = llm.get_tokenizer()
        self._longest: int = llm.model_config.max_model_len
        self._reads_pictures: bool = llm.model_config.is_multimodal_model
        self._has_template = True
        self._has_system = True
        # What a checkpoint says of its own sampling bends free text alone, as in transformers; labels never.
        self._repetition: float = llm.get_default_sampling_params().repetition_penalty

    def asked(self, request: Request, pictures: Sequence["Image"]) -> Asked:
        """Return what the engine is given for a request; `RefusedError` where the model cannot be asked it."""
        prompt = self._rendered(request, pictures)
        if request.channel != "logprobs":
            self._measure(prompt, 0)
            return Asked((Job(prompt, self._sampling(request)),))
        spelling = self._spelled(prompt, request.prompt.labels)
        ways = vllm_labels.ways(spelling)
        self._measure(prompt, max(map(len, ways)))
        return Asked(tuple(self._weighing(prompt, said, ways[said]) for said in ways), spelling)

    def forget(self, prompt: Any) -> None:
        """Take the pictures of a prompt that was never added out of the cache, which takes them for sent."""
        cache = self._renderer.mm_processor_cache
        if cache is not None:
            for digests in prompt.get("mm_hashes", {}).values():
                for digest in digests:
                    cache.invalidate(digest)

    def _measure(self, prompt: Any, more: int) -> None:
        length = len(prompt["prompt_token_ids"]) + more
        if length >= self._longest:
            self.forget(prompt)
            raise RefusedError(f"the prompt has {length} tokens; the model takes {self._longest}")

    def _rendered(self, request: Request, pictures: Sequence["Image"]) -> Any:
        from vllm.exceptions import VLLMValidationError
        from vllm.renderers.chat_utils import ChatTemplateResolutionError

        system, text = request.prompt.system, request.prompt.text
        shown = [
            {"type": "image_pil", "image_pil": image, "uuid": picture.digest}
            for image, picture in zip(pictures, request.pictures, strict=True)
        ]
        if self._has_template:
            try:
                if system and self._has_system:
                    try:
                        return self._chat(system, text, shown)
                    except VLLMValidationError as error:
                        if not _is_the_templates(error):
                            raise
                        self._has_system = False
                return self._chat("", f"{system}\n\n{text}" if system else text, shown)
            except ChatTemplateResolutionError:
                self._has_template = False
            except (VLLMValidationError, ValueError) as error:
                raise RefusedError(" ".join(str(error).split())[:300]) from error
        return self._plain(request, pictures)

    def _chat(self, system: str, text: str, shown: list[dict[str, Any]]) -> Any:
        from vllm.renderers import ChatParams

        def turn(role: str, said: str, pictures: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
            if not self._reads_pictures:
                # Templates of text models join strings.
                return {"role": role, "content": said}
            return {"role": role, "content": [*pictures, {"type": "text", "text": said}]}

        turns = [turn("system", system)] if system else []
        turns.append(turn("user", text, shown))
        arguments = {"add_generation_prompt": True, "continue_final_message": False, "tools": None, "tokenize": False}
        # The template has written the special tokens already.
        tokens = self._renderer.default_chat_tok_params.with_kwargs(add_special_tokens=False)
        chat = ChatParams(chat_template=self._llm.chat_template, chat_template_kwargs=arguments)
        _, (prompt,) = self._renderer.render_chat([turns], chat, tokens)
        return prompt

    def _plain(self, request: Request, pictures: Sequence["Image"]) -> Any:
        system = f"{request.prompt.system}\n\n" if request.prompt.system else ""
        prompt: dict[str, Any] = {"prompt": f"{system}{self._placeholder() * len(pictures)}{request.prompt.text}\n"}
        if pictures:
            prompt["multi_modal_data"] = {"image": list(pictures)}
            prompt["multi_modal_uuids"] = {"image": [picture.digest for picture in request.pictures]}
        (rendered,) = self._renderer.render_cmpl([prompt])
        return rendered

    def _placeholder(self) -> str:
        if not self._reads_pictures:
            return ""
        processor = self._renderer.get_mm_processor().info.get_hf_processor()
        return getattr(processor, "image_token", None) or "<image>"

    def _spelled(self, prompt: Any, labels: tuple[str, ...]) -> Spelling:
        try:
            return spell(self._tokenizer, prompt.get("prompt") or "", labels)
        except ValueError as error:
            self.forget(prompt)
            raise RefusedError(str(error)) from error

    def _sampling(self, request: Request) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        sampling = request.sampling
        arguments: dict[str, Any] = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "output_kind": RequestOutputKind.FINAL_ONLY,
        }
        if sampling.temperature > 0:
            arguments["seed"] = seed_of(request)
        if request.channel == "choice":
            labels = list(request.prompt.labels)
            arguments["structured_outputs"] = StructuredOutputsParams(choice=labels)
            # A token may be as little as a byte; one more ends the reply.
            arguments["max_tokens"] = 1 + max(len(label.encode()) for label in labels)
        else:
            arguments["repetition_penalty"] = self._repetition
        return SamplingParams(**arguments)

    def _weighing(self, prompt: Any, said: Tokens, further: list[int]) -> Job:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        sampling = SamplingParams(
            temperature=0.0,
            max_tokens=1,
            logprob_token_ids=further,
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        tokens = {"prompt_token_ids": [*prompt["prompt_token_ids"], *said]}
        return Job({**prompt, **tokens}, sampling, said)


def _is_the_templates(error: BaseException) -> bool:
    """Say whether a template refused its messages, such as a system turn, rather than vLLM its input."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TemplateError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
