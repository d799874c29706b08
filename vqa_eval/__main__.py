"""`python -m vqa_eval` is `vqa-eval`."""

from vqa_eval.cli import main

if __name__ == "__main__":
    main()
