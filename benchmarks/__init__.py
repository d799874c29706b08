"""The project's own benchmark: what vqa-eval costs beside a model, next to a bare client; see docs/benchmarks.md."""
