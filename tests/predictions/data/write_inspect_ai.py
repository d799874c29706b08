"""Writes the logs of inspect_ai beside it: `python write_inspect_ai.py organs eval,json` with inspect_ai installed.

organs.eval and organs.json are of version 0.3.285, organs-deflated.eval of 0.3.100. Its mock model answers three
of four questions; what it is not told to say is an error of that sample. Traces and events, which hold paths of the
machine and are not read, are taken out before inspect_ai writes the log again.
"""

import sys
import tempfile

from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import choice
from inspect_ai.solver import multiple_choice

SAMPLES = [
    Sample("Which organ is bright?", ["Liver", "Spleen"], "A", id="a1", metadata={"modality": "CT"}),
    Sample("Which organ is dark?", ["Liver", "Spleen", "Lung"], "C", id="a2", metadata={"modality": "CT"}),
    Sample("Which plane is it?", ["Axial", "Coronal", "Sagittal"], "B", id="a3", metadata={"modality": "T1 MRI"}),
    Sample("Which side is it?", ["Left", "Right"], "B", id="a4", metadata={"modality": "T1 MRI"}),
]
SAYS = [("ANSWER: A", "stop"), ("It is dark, so\n\nANSWER: B", "stop"), ("", "max_tokens")]


def outputs():
    """Yield what the mock model says; the tokens are given because counting them would need the network."""
    for text, reason in SAYS:
        output = ModelOutput.from_content("mockllm/model", text, stop_reason=reason)
        output.usage = ModelUsage(input_tokens=40, output_tokens=3, total_tokens=43)
        yield output


(log,) = run(
    Task(dataset=MemoryDataset(SAMPLES, name="organs"), solver=multiple_choice(), scorer=choice(), name="organs"),
    model=get_model("mockllm/model", custom_outputs=outputs()),
    log_dir=tempfile.mkdtemp(),
    log_format="eval",
    display="none",
    fail_on_error=False,
    max_samples=1,
)
log = read_eval_log(log.location)
log.location = ""
for sample in log.samples:
    sample.events, sample.attachments, sample.store = [], {}, {}
    if getattr(sample, "events_data", None):
        sample.events_data = None
    if sample.error:
        sample.error.traceback = sample.error.traceback_ansi = ""
for form in sys.argv[2].split(","):
    write_eval_log(log, f"{sys.argv[1]}.{form}", format=form)
