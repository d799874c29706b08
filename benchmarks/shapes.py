"""Checkpoints that are made here, so that a benchmark of an engine fetches nothing: their weights say nothing."""

import json
from pathlib import Path

TINY = "tiny"
"""A Qwen2.5-VL of a megabyte, whose weights are drawn and written."""
THREE_BILLION = "3b"
"""The shape of Qwen2.5-VL-3B-Instruct as its configuration states it; vLLM fills in the weights."""

NAMES = (TINY, THREE_BILLION)

_TEXT = {
    "hidden_size": 2048,
    "intermediate_size": 11008,
    "num_hidden_layers": 36,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "vocab_size": 151936,
    "max_position_embeddings": 32768,
    "rope_parameters": {"rope_type": "default", "mrope_section": [16, 24, 24], "rope_theta": 1000000.0},
}
_VISION = {
    "depth": 32,
    "hidden_size": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "out_hidden_size": 2048,
    "window_size": 112,
    "fullatt_block_indexes": [7, 15, 23, 31],
}
_PIXELS = {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}


def build(name: str, folder: Path) -> dict[str, str]:
    """Write the checkpoint and return the engine's options that it needs."""
    # The tests make the same small checkpoints.
    from tests.engines.checkpoints import build_qwen2_5_vl

    build_qwen2_5_vl(folder)
    if name == TINY:
        return {}
    _enlarge(folder)
    return {"load_format": "dummy"}


def _enlarge(folder: Path) -> None:
    """Give a tiny checkpoint the large shape; its weights are taken away."""
    (folder / "model.safetensors").unlink()
    config = json.loads((folder / "config.json").read_text())
    config["text_config"].update(_TEXT)
    config["text_config"].pop("layer_types", None)  # one for each layer of the small one
    config["vision_config"].update(_VISION)
    (folder / "config.json").write_text(json.dumps(config))
    # Since transformers 5 all of a processor may stand in one file.
    for path in (folder / "processor_config.json", folder / "preprocessor_config.json"):
        if path.exists():
            said = json.loads(path.read_text())
            said.get("image_processor", said)["size"] = _PIXELS
            path.write_text(json.dumps(said))
