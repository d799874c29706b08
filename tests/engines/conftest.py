"""Small checkpoints of random weights."""

import importlib.util
import json
import os
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines.checkpoints import BUILDERS
from vqa_eval.records import ModelCard

if importlib.util.find_spec("torchvision") is not None:
    # Before anything imports torchvision, here and in the processes that are started from here.
    OPERATORS = Path(__file__).parent / "torchvision_ops"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OPERATORS), os.environ.get("PYTHONPATH")]))
    runpy.run_path(str(OPERATORS / "sitecustomize.py"))

if importlib.util.find_spec("vllm") is not None:
    # A fraction of a small machine is enough for tiny checkpoints, and in-process means in this process.
    os.environ |= {
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    }


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home folder of the program for the whole session."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def tiny_folder(home: Path) -> Path:
    """Return the checkpoint tiny-vlm, built once."""
    from vqa_eval.engines.transformers.tiny_vlm import build_tiny_vlm

    return build_tiny_vlm(home / "models" / "tiny-vlm")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the folder of a tiny checkpoint by its architecture, each built once."""
    built: dict[str, Path] = {}

    def folder_of(name: str) -> Path:
        if name not in built:
            built[name] = BUILDERS[name](tmp_path_factory.mktemp("checkpoints") / name)
        return built[name]

    return folder_of


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Llama of a few kilobytes without chat template, vision or processor."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from vqa_eval.engines.transformers.tiny_vlm import byte_tokenizer

    folder = tmp_path_factory.mktemp("text-only")
    tokenizer = byte_tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=256,
                bos_token_id=None,
                eos_token_id=tokenizer.eos_token_id,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


STAND_IN_CODE = """
import torch
from transformers import PretrainedConfig, PreTrainedModel

class StandInConfig(PretrainedConfig):
    model_type = "internvl_stand_in"
    def __init__(self, force_image_size=28, max_dynamic_patch=6, use_thumbnail=True, **kwargs):
        self.force_image_size = force_image_size
        self.max_dynamic_patch = max_dynamic_patch
        self.use_thumbnail = use_thumbnail
        super().__init__(**kwargs)

class StandInModel(PreTrainedModel):
    config_class = StandInConfig
    def __init__(self, config):
        super().__init__(config)
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.system_message = "the model's own"
        self.post_init()
    def _init_weights(self, module):
        pass
    def generate(self, pixel_values=None, input_ids=None, attention_mask=None, max_new_tokens=1, **kwargs):
        count = min(max_new_tokens, 3)
        return torch.arange(5, 5 + count).unsqueeze(0)
    def chat(self, tokenizer, pixel_values, question, generation_config, history=None, return_history=False,
             num_patches_list=None, IMG_START_TOKEN="<img>", IMG_END_TOKEN="</img>",
             IMG_CONTEXT_TOKEN="<IMG_CONTEXT>", verbose=False):
        if pixel_values is None:
            shape = None
        else:
            shape = list(pixel_values.shape)
            assert len(pixel_values) == sum(num_patches_list)
            assert question.count("<image>") == len(num_patches_list)
        ids = tokenizer(question, return_tensors="pt")["input_ids"]
        self.generate(pixel_values=pixel_values, input_ids=ids, **generation_config)
        return f"{self.system_message}|{shape}|{num_patches_list}|{question}"
"""


@pytest.fixture(scope="session")
def internvl_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a repository with code of its own and a `chat` of InternVL 2's signature, instead of a processor."""
    import torch
    from safetensors.torch import save_file

    from vqa_eval.engines.transformers.tiny_vlm import byte_tokenizer

    folder = tmp_path_factory.mktemp("internvl-stand-in")
    (folder / "modeling_stand_in.py").write_text(STAND_IN_CODE)
    config = {
        "model_type": "internvl_stand_in",
        "architectures": ["StandInModel"],
        "auto_map": {
            "AutoConfig": "modeling_stand_in.StandInConfig",
            "AutoModel": "modeling_stand_in.StandInModel",
            "AutoModelForCausalLM": "modeling_stand_in.StandInModel",
        },
        "force_image_size": 28,
    }
    (folder / "config.json").write_text(json.dumps(config))
    save_file({"weight": torch.ones(1)}, folder / "model.safetensors", metadata={"format": "pt"})
    byte_tokenizer().save_pretrained(folder)
    with pytest.MonkeyPatch.context() as patched:
        # transformers copies a repository's code before it runs it; not into the home of whoever tests.
        modules = str(tmp_path_factory.mktemp("modules"))
        patched.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", modules)
        patched.syspath_prepend(modules)
        yield folder


@pytest.fixture(scope="session")
def internvl_card() -> ModelCard:
    """Return a card that names the repository's code."""
    return ModelCard("stand-in", "Stand-in", remote_code=True, notes=("stand-in",))
