"""The scheme `openai`: any servers that speak the chat-completions protocol, the provider's or one's own.

`servers` says where they are, `chat` what is said to them and what their answers mean, `labels` how replies are kept
to labels. `engine` is what the run asks; its requests in `flight` are given to `dispatch`, which sends them over a
`wire` to the `endpoints`: each with a `window` for how much it takes at once and an `allowance` for how fast, and all
under one `pacing`. `statuses` says what a refusal means, `retrying` when to try again, `reach` whether anybody is
there.
"""

from vqa_eval.engines.openai.engine import OpenAIEngine, check, host, open_model

__all__ = ["OpenAIEngine", "check", "host", "open_model"]
