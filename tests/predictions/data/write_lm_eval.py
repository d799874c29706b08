"""Writes the sample logs of lm-eval beside it: `python write_lm_eval.py` with lm_eval 0.4.13 installed.

The model says the same at every run: one of four texts, or a log-likelihood made of the letters of the request.
"""

import json
import shutil
import tempfile
from pathlib import Path

import lm_eval
from lm_eval.api.model import LM
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

DOCS = [
    {"id": "q1", "question": "Which organ is bright?", "choices": ["Liver", "Spleen"], "answer": 0, "modality": "CT"},
    {
        "id": "q2",
        "question": "Which organ is dark?",
        "choices": ["Liver", "Spleen", "Lung"],
        "answer": 2,
        "modality": "CT",
    },
    {
        "id": "q3",
        "question": "Which plane is it?",
        "choices": ["Axial", "Coronal", "Sagittal"],
        "answer": 1,
        "modality": "MRI",
    },
    {"id": "q4", "question": "Which side is it?", "choices": ["Left", "Right"], "answer": 1, "modality": "MRI"},
]
LISTED = "{{question}}\n{% for c in choices %}({{'ABC'[loop.index0]}}) {{c}}\n{% endfor %}Answer:"
SAYS = ("The answer is (A).", "The answer is (B).", "", "It could be (A) or (B).")


class Fake(LM):
    """A model without weights."""

    def loglikelihood(self, requests):
        """Return a number made of the letters of the request."""
        return [(-0.1 * (sum(map(ord, "".join(request.args))) % 97) - 0.25, False) for request in requests]

    def generate_until(self, requests):
        """Return one of four texts; every question is asked twice."""
        return [SAYS[number // 2] for number, _ in enumerate(requests)]

    def loglikelihood_rolling(self, requests):
        """Return nothing of use."""
        return [-1.0 for _ in requests]


def tasks(docs: str) -> list[dict]:
    """Return three tasks on one data set: options in full, options as letters, generated text."""
    common = {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": docs}}, "test_split": "test"}
    mean = {"aggregation": "mean", "higher_is_better": True}
    return [
        {
            **common,
            "task": "organs_mc",
            "output_type": "multiple_choice",
            "doc_to_text": "Question: {{question}}\nAnswer:",
            "doc_to_choice": "choices",
            "doc_to_target": "answer",
            "metric_list": [{"metric": "acc", **mean}, {"metric": "acc_norm", **mean}],
        },
        {
            **common,
            "task": "organs_letters",
            "output_type": "multiple_choice",
            "doc_to_text": LISTED,
            "doc_to_choice": "{{['A','B','C'][:choices|length]}}",
            "doc_to_target": "{{['A','B','C'][answer]}}",
            "metric_list": [{"metric": "acc", **mean}, {"metric": "acc_mutual_info", **mean}],
        },
        {
            **common,
            "task": "organs_gen",
            "output_type": "generate_until",
            "doc_to_text": LISTED,
            "doc_to_target": "{{['(A)','(B)','(C)'][answer]}}",
            "generation_kwargs": {"until": ["\n\n"], "do_sample": False, "max_gen_toks": 32},
            "repeats": 2,
            "filter_list": [
                {"name": "first", "filter": [{"function": "take_first"}]},
                {
                    "name": "letter",
                    "filter": [{"function": "regex", "regex_pattern": r"(\(\w\))"}, {"function": "take_first"}],
                },
            ],
            "metric_list": [{"metric": "exact_match", **mean}],
        },
    ]


with tempfile.TemporaryDirectory() as folder:
    docs = Path(folder, "organs.jsonl")
    docs.write_text("".join(json.dumps(doc) + "\n" for doc in DOCS))
    tracker = EvaluationTracker(output_path=folder)
    manager = TaskManager(include_defaults=False)
    found = lm_eval.simple_evaluate(
        Fake(), tasks=tasks(str(docs)), task_manager=manager, log_samples=True, evaluation_tracker=tracker
    )
    samples = found.pop("samples")
    tracker.save_results_aggregated(results=found, samples=samples)
    for task, logged in samples.items():
        tracker.save_results_samples(task, logged)
    for path in Path(folder).rglob("samples_*.jsonl"):
        shutil.copy(path, Path(__file__).parent)
