"""One module a scheme, behind one small Protocol.

`--model openai:gpt-4o` opens `engines/openai`; a module or package is a scheme when it has `check`,
`open_model` and `host` (see `reference.Scheme`). Packages outside add schemes through the entry-point group
`vqa_eval.engines`. Importing this package loads no heavy library.
"""

from vqa_eval.engines.opening import check_settings, open_engine
from vqa_eval.engines.protocol import Engine, media_types, under_way
from vqa_eval.engines.reference import EngineSettings, ModelRef, Scheme, host_of, is_scheme, parse_model

__all__ = [
    "Engine",
    "EngineSettings",
    "ModelRef",
    "Scheme",
    "check_settings",
    "host_of",
    "is_scheme",
    "media_types",
    "open_engine",
    "parse_model",
    "under_way",
]
