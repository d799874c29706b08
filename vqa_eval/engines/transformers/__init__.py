"""The scheme `transformers`: checkpoints of Hugging Face form on this machine's GPU or CPU.

`checkpoints` finds and loads one (`tiny_vlm` builds one), `grouping` puts like prompts together, `room` watches memory.
A batch is said by `template_chat`, or by `internvl_chat` where a repository brings its own way; `spelling` keeps
replies to labels and weighs them, `sampling` draws.
"""

from vqa_eval.engines.transformers.engine import TransformersEngine, check, host, open_model

__all__ = ["TransformersEngine", "check", "host", "open_model"]
