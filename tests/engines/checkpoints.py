"""Checkpoints of a megabyte that are made from configurations in a second: real architectures, random weights.

Head sizes and processors are such that transformers and vLLM load them alike.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vqa_eval.engines.transformers.checkpoints import be_quiet
from vqa_eval.engines.transformers.tiny_vlm import build_tiny_vlm, byte_tokenizer

POSITIONS = 2048
"""Tokens that each takes."""

_TEMPLATE = (
    "{{% for message in messages %}}<|im_start|>{{{{ message['role'] }}}}\n"
    "{{% if message['content'] is string %}}{{{{ message['content'] }}}}"
    "{{% else %}}{{% for part in message['content'] %}}"
    "{{% if part['type'] == 'text' %}}{{{{ part['text'] }}}}{{% else %}}{picture}{{% endif %}}"
    "{{% endfor %}}{{% endif %}}<|im_end|>\n{{% endfor %}}"
    "{{% if add_generation_prompt %}}<|im_start|>assistant\n{{% endif %}}"
)
_TURNS = ["<|im_start|>", "<|im_end|>"]


def build_internvl(folder: Path) -> Path:
    """Write an InternVL in the form that transformers knows without code of its own; return its folder."""
    import torch
    from transformers import InternVLConfig, InternVLForConditionalGeneration, InternVLProcessor
    from transformers.models.got_ocr2.image_processing_got_ocr2 import GotOcr2ImageProcessor
    from transformers.models.internvl.configuration_internvl import InternVLVisionConfig
    from transformers.models.internvl.video_processing_internvl import InternVLVideoProcessor

    be_quiet()
    names = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = _tokenizer(names)
    size = {"height": 28, "width": 28}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        model = InternVLForConditionalGeneration(
            InternVLConfig(
                vision_config=InternVLVisionConfig(
                    hidden_size=64,
                    intermediate_size=128,
                    num_hidden_layers=2,
                    num_attention_heads=2,
                    image_size=[28, 28],
                    patch_size=[7, 7],
                    layer_scale_init_value=1.0,
                ).to_dict(),
                text_config=_text(tokenizer).to_dict(),
                image_token_id=tokenizer.convert_tokens_to_ids(names["context_image_token"]),
                image_seq_length=4,
                tie_word_embeddings=False,
            )
        )
    processor = InternVLProcessor(
        # Cut into up to four squares, as the trained ones cut into twelve.
        image_processor=GotOcr2ImageProcessor(size=size, min_patches=1, max_patches=4),
        tokenizer=tokenizer,
        video_processor=InternVLVideoProcessor(size=size),
        image_seq_length=4,
        chat_template=_TEMPLATE.format(picture="<IMG_CONTEXT>\n"),
    )
    return _saved(model, processor, folder)


def build_qwen2_5_vl(folder: Path) -> Path:
    """Write a Qwen2.5-VL, which takes pictures at their own size; return its folder."""
    import torch
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    be_quiet()
    names = {
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
        "vision_bos_token": "<|vision_start|>",
        "vision_eos_token": "<|vision_end|>",
    }
    tokenizer = _tokenizer(names)
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in names.items()}
    text = _text(tokenizer).to_dict() | {
        "model_type": "qwen2_5_vl_text",
        "rope_parameters": {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10000.0},
    }
    text.pop("architectures", None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12)
        model = Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLConfig(
                vision_config={
                    "depth": 2,
                    "hidden_size": 64,
                    "intermediate_size": 128,
                    "num_heads": 2,
                    "out_hidden_size": 64,
                    "patch_size": 14,
                    "spatial_merge_size": 2,
                    "temporal_patch_size": 2,
                    "window_size": 56,
                    "fullatt_block_indexes": [1],
                },
                text_config=text,
                image_token_id=ids["image_token"],
                video_token_id=ids["video_token"],
                vision_start_token_id=ids["vision_bos_token"],
                vision_end_token_id=ids["vision_eos_token"],
                tie_word_embeddings=False,
            )
        )
    pixels = {"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * 16}
    processor = Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=pixels),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(size=pixels),
        chat_template=_TEMPLATE.format(picture="<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return _saved(model, processor, folder)


def build_llava(folder: Path) -> Path:
    """Write a LLaVA of the measures of `tiny-vlm`, its weights named as on the hub; return its folder.

    The weights are drawn anew: those of `tiny-vlm` are so sharp that the last bits of a sum move a log-probability
    by 2e-4 between two engines.
    """
    from safetensors.torch import load_file, save_file
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

    build_tiny_vlm(folder)
    _saved(LlavaForConditionalGeneration.from_pretrained(folder), LlavaProcessor.from_pretrained(folder), folder)
    weights = folder / "model.safetensors"
    # transformers writes them shorter since its version 5 and reads both; vLLM 0.32 knows the published names alone.
    short, published = "vision_tower.", "vision_tower.vision_model."
    named = {
        name if name.startswith(published) else name.replace(short, published): weight
        for name, weight in load_file(weights).items()
    }
    save_file(named, weights, metadata={"format": "pt"})
    return folder


def build_qwen2(folder: Path) -> Path:
    """Write a Qwen2, which reads text alone; return its folder."""
    import torch
    from transformers import Qwen2ForCausalLM

    be_quiet()
    tokenizer = _tokenizer({})
    tokenizer.chat_template = _TEMPLATE.format(picture="")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(13)
        model = Qwen2ForCausalLM(_text(tokenizer))
    return _saved(model, tokenizer, folder)


BUILDERS: dict[str, Callable[[Path], Path]] = {
    "internvl": build_internvl,
    "qwen2.5-vl": build_qwen2_5_vl,
    "llava": build_llava,
    "qwen2": build_qwen2,
}
"""By the name of the architecture."""

NEED_TORCHVISION = frozenset({"internvl", "qwen2.5-vl"})
"""Those whose processors also read videos, for which transformers wants torchvision."""


def _tokenizer(names: dict[str, str]) -> Any:
    """Return the byte-level tokenizer of `tiny-vlm` with the turns of Qwen and the named special tokens."""
    from transformers import PreTrainedTokenizerFast

    base = byte_tokenizer()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=base._tokenizer,
        eos_token="<|im_end|>",
        pad_token=base.pad_token,
        extra_special_tokens=names,
        model_max_length=POSITIONS,
    )
    tokenizer.add_tokens([*_TURNS, *names.values()], special_tokens=True)
    return tokenizer


def _text(tokenizer: Any) -> Any:
    from transformers import Qwen2Config

    return Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=POSITIONS,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
    )


def _saved(model: Any, processor: Any, folder: Path) -> Path:
    """Draw weights that let picture and question be heard at the end of the prompt, and write all files."""
    import torch
    from transformers import GenerationConfig

    model = model.to(torch.float32).eval()
    stream = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if weight.ndim > 1:
                spread = 1.0 if "embed" in name else 1.0 / math.sqrt(weight[0].numel())
                weight.normal_(0.0, spread, generator=stream)
    text = model.config.get_text_config()
    model.generation_config = GenerationConfig(
        do_sample=False, eos_token_id=text.eos_token_id, pad_token_id=text.pad_token_id
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
