"""The checkpoint `tiny-vlm`: a real LLaVA architecture, a few megabytes, random weights, made here.

It exists so that every step of a run can be walked without a GPU, a hub or a key. It knows nothing: on
choice questions it says one of A, B, C, D, which depends on picture and question but not on what is right,
so it scores chance. That it answers with a letter at all is written in the checkpoint's own generation
config, in settings that every engine of Hugging Face models obeys; no engine has a special case for it.
"""

import contextlib
import math
import shutil
import uuid
from pathlib import Path
from typing import Any

from vqa_eval.engines.transformers.checkpoints import be_quiet

RECIPE = "1"
"""Raised whenever the files change, so that a folder built by an older release is built again."""

SEED = 7
LETTERS = ("A", "B", "C", "D")
END, PAD, PICTURE = "<|end|>", "<|pad|>", "<image>"

_SIDE, _PATCH = 56, 14
_VOCABULARY = 640

# Standard deviation of a weight matrix, times the square root of its inputs, by part of its name (others 1).
# Sharp attention and strong values let what stands in the picture and in the question outweigh the last
# token's own embedding; with the usual range every prompt would get one and the same letter. Chosen with the
# seed, by looking at pictures and questions without a key, so that the four letters come about equally often.
_GAINS = {
    "q_proj": 4.0,
    "k_proj": 4.0,
    "v_proj": 3.0,
    "o_proj": 3.0,
    "fc1": 2.0,
    "fc2": 2.0,
    "multi_modal_projector": 2.0,
    "patch_embedding": 3.0,
}

_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}:"
    "{% if message['content'] is string %} {{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %} <image>{% else %} {{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)

# What the byte-level tokenizer learns its merges from: the words of the prompts it will be asked.
_CORPUS = (
    "system: You are a helpful radiologist. user: Look at the picture and answer the question. assistant:",
    "Question: Which abnormality is seen in this image? Options: (A) (B) (C) (D) Answer with the letter.",
    "Answer with the option's letter from the given choices directly. Select the best answer.",
    "A chest X-ray, a CT scan of the abdomen, an MRI of the brain, an ultrasound, a fundus photograph.",
    "Histopathology slide, dermoscopy, endoscopy, microscopy, a frontal view, an axial slice, a region.",
    "Is there a fracture, an effusion, a nodule, a lesion, a tumour, a polyp? Yes or no. None of these.",
    "What is the most likely diagnosis? What organ is shown? Where is the lesion? How many are there?",
    "pneumonia, cardiomegaly, pneumothorax, glioma, melanoma, adenocarcinoma, benign, malignant, normal.",
    "left right upper lower lobe lung liver kidney heart spleen stomach colon retina skin bone tissue cell",
)

_CARD = """# tiny-vlm

**Random weights. This model knows nothing; its score is chance.**

A LLaVA architecture (CLIP vision tower, Llama decoder) of a few megabytes, built locally by
`vqa_eval.engines.transformers.tiny_vlm` with a fixed seed. It answers every prompt with one of the letters A, B, C, D:
`generation_config.json` suppresses all other tokens and ends the reply after the first. It serves tests and
demonstrations and must not be read as the result of any trained model.
"""


def build_tiny_vlm(folder: Path) -> Path:
    """Return `folder` with the checkpoint in it, building it first where it is absent or of an older recipe.

    The files are made in a neighbouring folder and renamed into place, so a reader never sees half of them,
    and of several builders at once one wins and the others take its work.
    """
    if _complete(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(folder)
    partial.mkdir()
    try:
        _write(partial)
        _move_into_place(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _complete(folder: Path) -> bool:
    try:
        return (folder / "recipe.txt").read_text(encoding="utf-8").strip() == RECIPE
    except OSError:
        return False


def _move_into_place(partial: Path, folder: Path) -> None:
    """Rename `partial` to `folder`; where another builder came first, keep what it made."""
    if folder.exists() and not _complete(folder):
        # Renamed before it is removed: removing in place would show other readers half a checkpoint.
        stale = _beside(folder)
        with contextlib.suppress(OSError):
            folder.rename(stale)
        shutil.rmtree(stale, ignore_errors=True)
    try:
        partial.rename(folder)
    except OSError:
        if not _complete(folder):
            raise


def _beside(folder: Path) -> Path:
    """Return an unused hidden name on the same disk, where a rename is one step."""
    return folder.parent / f".{folder.name}-{uuid.uuid4().hex}"


def _write(folder: Path) -> None:
    """Write processor, weights, generation config and card into `folder`."""
    import torch
    from transformers import GenerationConfig, LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    be_quiet()
    tokenizer = byte_tokenizer()
    # The weights draw from torch's global generator; the caller's stream stays as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = _model(tokenizer)
    letters = [tokenizer.convert_tokens_to_ids(letter) for letter in LETTERS]
    end = tokenizer.eos_token_id
    allowed = {*letters, end}
    model.generation_config = GenerationConfig(
        do_sample=False,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
        suppress_tokens=[token for token in range(len(tokenizer)) if token not in allowed],
        begin_suppress_tokens=[end],
        # From the second token on the end's score is raised beyond every other: one letter, then the end.
        exponential_decay_length_penalty=(0, 1e6),
    )
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessorPil(
            size={"height": _SIDE, "width": _SIDE},
            crop_size={"height": _SIDE, "width": _SIDE},
            # The whole picture is squeezed into the square: a crop would hide its rim from the model.
            do_center_crop=False,
        ),
        tokenizer=tokenizer,
        patch_size=_PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token=PICTURE,
        chat_template=_TEMPLATE,
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    (folder / "README.md").write_text(_CARD, encoding="utf-8")
    (folder / "recipe.txt").write_text(RECIPE + "\n", encoding="utf-8")


def byte_tokenizer() -> Any:
    """Return a byte-level BPE tokenizer trained on `_CORPUS`; training is deterministic."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=[PAD, END, PICTURE],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens={"image_token": PICTURE},
        padding_side="left",
        model_max_length=4096,
    )


def _model(tokenizer: Any) -> Any:
    """Return the network with its random weights."""
    import torch
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    config = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=96,
            intermediate_size=192,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=_SIDE,
            patch_size=_PATCH,
            projection_dim=96,
        ),
        text_config=LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=4096,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids(PICTURE),
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        image_seq_length=(_SIDE // _PATCH) ** 2,
    )
    model = LlavaForConditionalGeneration(config).to(torch.float32).eval()
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if weight.ndim > 1:
                gain = next((gain for part, gain in _GAINS.items() if part in name), 1.0)
                weight.normal_(0.0, gain / math.sqrt(weight[0].numel()))
    return model
