"""Labelling engines for tests: a CheXbert of random weights as it is published, and a package that plays radgraph."""

from pathlib import Path

WORDS = ("no", "effusion", "pleural", "edema", "heart", "lung", "is", "are", "normal", "clear", "small", ".", ",")

PACKAGE = '''
"""Plays the package: every word of a report is an entity, denied after "no"."""
import sys
import warnings
from pathlib import Path

warnings.simplefilter("error")


class RadGraph:
    def __init__(self, model_type, model_cache_dir, cuda):
        print("Using device")
        self.made = (model_type, model_cache_dir, cuda)
        if Path(model_cache_dir, model_type, "weights.th").read_text() == "broken":
            raise RuntimeError("weights\\nbroken")

    def __call__(self, texts):
        print("annotating", file=sys.stderr)
        (text,) = texts
        words = text.split()
        if "crash" in words:
            raise ValueError("crashed")
        if "skip" in words:
            return {}
        entities = {
            str(at): {
                "tokens": word,
                "label": "OBS-DA" if "no" in words[: at - 1] else "OBS-DP",
                "start_ix": at - 1,
                "end_ix": at - 1,
                "relations": [["modify", str(at + 1)]] if at < len(words) else [],
            }
            for at, word in enumerate(words, start=1)
        }
        return {"0": {"text": text, "entities": entities, "data_source": None, "data_split": "inference"}}
'''


def build_chexbert(folder: Path) -> Path:
    """Write a tiny CheXbert of random weights in the published layout, with vocabulary and configuration."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "##s"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=24,
    )
    (folder / "config.json").write_text(config.to_json_string())
    with torch.random.fork_rng():
        torch.manual_seed(5)
        heads = torch.nn.ModuleList(torch.nn.Linear(32, size) for size in [4] * 13 + [2])
        model = torch.nn.ModuleDict({"bert": BertModel(config), "linear_heads": heads})
        for weight in model.parameters():
            # Larger than at the start of training: labels then depend on the words.
            if weight.dim() > 1:
                torch.nn.init.normal_(weight, std=0.5)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save({"epoch": 7, "model_state_dict": state, "optimizer_state_dict": {"state": {}}}, folder / "chexbert.pth")
    return folder


def build_radgraph(folder: Path, weights: str = "") -> Path:
    """Write a folder that looks like an unpacked model of radgraph."""
    (folder / "vocabulary").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "weights.th").write_text(weights)
    return folder


def install_radgraph(site: Path) -> None:
    """Write a package into a folder of Python's path that plays radgraph, and requests, which it needs."""
    (site / "radgraph").mkdir(parents=True)
    (site / "radgraph" / "__init__.py").write_text(PACKAGE)
    (site / "requests.py").write_text("")
    (site / "radgraph-0.0.1.dist-info").mkdir()
    (site / "radgraph-0.0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: radgraph\nVersion: 0.0.1\n"
    )
