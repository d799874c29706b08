"""How the options of a run's samples are named in its prompts, so that replies are read by the same names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vqa_eval.records import PromptSpec, RunManifest, Sample
from vqa_eval.records.prompt import Labelling
from vqa_eval.rendering import option_labels

OWN = "own"
"""Name in the place of a prompt where each benchmark uses its own."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The names in one row of a run."""

    prompt: str
    known: Mapping[str, Labelling]
    abstaining: Mapping[str, str]

    @classmethod
    def of(cls, manifest: RunManifest, prompt: str) -> "Naming":
        """Return the names under a prompt, or under `own`, as the manifest keeps them."""
        return cls(prompt, manifest.labels, manifest.unsure)

    def labels(self, sample: Sample) -> tuple[str, ...]:
        """Return the labels that the sample's options bore, in their order."""
        return option_labels(len(sample.options), self.known.get(self._key(sample), "letters"))

    def unsure(self, sample: Sample) -> str:
        """Return the label by which the prompt let a model say that it does not know; empty where it did not."""
        return self.abstaining.get(self._key(sample), "")

    def _key(self, sample: Sample) -> str:
        return _key(sample.benchmark) if self.prompt == OWN else self.prompt


def namings(
    asked: Iterable[str], own: Mapping[str, str], prompts: Mapping[str, PromptSpec]
) -> tuple[dict[str, Labelling], dict[str, str]]:
    """Return what a manifest keeps of the names in prompts: labels that are no letters, and labels for unsure.

    asked: ids of the prompts of all rows; none where each benchmark uses its own, which `own` says.
    """
    used = {name: prompts[name] for name in asked} or {_key(name): prompts[prompt] for name, prompt in own.items()}
    labels: dict[str, Labelling] = {key: spec.labels for key, spec in used.items() if spec.labels != "letters"}
    return labels, {key: spec.unsure for key, spec in used.items() if spec.unsure}


def _key(benchmark: str) -> str:
    return f"{OWN}/{benchmark}"
