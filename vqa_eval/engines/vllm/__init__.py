"""The scheme `vllm`: checkpoints in a vLLM engine of this process's own, or in a server that lives as long as a run.

`options` are vLLM's settings, `prompts` and `labels` what it is asked, `preparing` opens pictures ahead, `stream` keeps
it busy. `serving` starts its server, and `guarding` ends the server's processes with whoever started them.
"""

from vqa_eval.engines.vllm.engine import VLLMEngine, check, host, open_model

__all__ = ["VLLMEngine", "check", "host", "open_model"]
