"""What surrounds an answer without being part of it: reasoning blocks, chat tokens, further turns, markup."""

import re

from vqa_eval.answers.passage import Passage

_THINK = (
    "think|thinking|thoughts?|reasoning|reason|analysis|scratchpad|reflection|rationale|cot|chain_of_thought|"
    "seed:think|internal_monologue|inner_monologue|planning|deliberation"
)
_REASONING = re.compile(
    rf"(?i)<\s*(?P<close>/?)\s*(?:{_THINK})(?:\s[^<>\n]{{0,80}})?>"
    r"|\[\s*(?P<close2>/?)\s*think(?:ing)?\s*\]"
    r"|◁\s*(?P<close3>/?)\s*think(?:ing)?\s*▷"
    r"|<\|\s*(?:(?P<open4>begin_of_thought|start_of_thought|begin_of_thinking)|end_of_thought|"
    r"end_of_thinking)\s*\|>"
)
_ANSWER_CLOSES = re.compile(r"(?i)<\s*(?:final[_ ]?)?answer\s*>[^<]{1,400}<\s*/\s*(?:final[_ ]?)?answer\s*>\s*$")
_CHANNEL = re.compile(r"(?i)<\|channel\|>\s*(\w{1,20})[^<\n]{0,40}<\|message\|>")

_BOX_OPEN = re.compile(r"<\|begin_of_box\|>")
_BOX_CLOSE = re.compile(r"<\|end_of_box\|>")
_NEXT_TURN_TOKEN = re.compile(
    r"(?i)<\|(?:im_start|start_header_id|start)?\|?>?\s*(?:user|human)\b|<start_of_turn>\s*user|\[INST\]"
)
_SPECIAL = re.compile(
    r"(?i)<\|(?:im_start|start_header_id|start)\|>\s*(?:assistant|model)?(?:<\|end_header_id\|>)?\s*"
    r"|<\|[^|<>\n]{1,40}\|>|<start_of_turn>\s*(?:model)?|<end_of_(?:turn|utterance|text)>|</?s>"
    r"|<(?:eos|bos|pad|unk|image|eot|sep)>|\[/?INST\]|<｜[^｜<>\n]{1,40}｜>"
)
_ROLE = re.compile(
    r"(?i)\s*(?:###?\s*)?(?:assistant|ai|bot|chatbot|model|gpt|response|reply|output|doctor|"
    r"radiologist)\s*[:>]\s*(?=\S)"
)
_NEXT_TURN = re.compile(
    r"(?im)^[ \t]*(?:[#*]+[ \t]*)?(?:user|human|question|q|instruction|input|next question|new question|"
    r"follow-?up question|problem|问题|题目|提问|问|用户)[ \t]*\d{0,3}[ \t]*(?:\*\*)?[ \t]*:|(?-i:(?<=\s)(?:USER|"
    r"HUMAN|Human|User):)"
)

_TAGS = re.compile(r"(?i)</?(?:b|i|u|em|strong|span|mark|code|sub|sup|font|big|small)(?:\s[^<>\n]{0,80})?>")
_BREAKS = re.compile(r"(?i)<(?:/?(?:p|div|li|ul|ol|h[1-6])(?:\s[^<>\n]{0,80})?|br\s{0,3}/?)>")
_FENCE = re.compile(r"```[ \t]*\w{0,12}|~~~[ \t]*\w{0,12}")
_LATEX = re.compile(
    r"\\(?:text|mathrm|mathbf|mathsf|mathit|textbf|textit|textrm|texttt|bm|rm|bf|"
    r"operatorname)\s{0,3}(?=\{)|\\[()\[\],;!]|\$+(?!\d)"
)
_MARKS = re.compile(r"(?<![^\W_])[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}(?![^\W_])|(?m:^[ \t]{0,8}(?:#{1,6}|>+)(?=[ \t]))")
_STARS = re.compile(r"\*{2,3}|`+")


def strip_reasoning(passage: Passage) -> tuple[Passage, bool]:
    """Return what was said outside reasoning, and whether reasoning was left open (the answer never came)."""
    text = passage.text
    if "<" not in text and "[" not in text and "◁" not in text:
        return passage, False
    channels = list(_CHANNEL.finditer(text)) if "<|channel|>" in text else []
    if channels:
        last = channels[-1]
        if last.group(1).lower() != "final":
            return passage, True
        return passage.cut(last.end()), False
    first_open: int | None = None
    last_close: re.Match[str] | None = None
    open_after: int | None = None
    for mark in _REASONING.finditer(text):
        if _opens(mark):
            first_open = mark.start() if first_open is None and last_close is None else first_open
            open_after = mark.start() if open_after is None else open_after
        else:
            last_close, open_after = mark, None
    if open_after is not None:
        final = _ANSWER_CLOSES.search(text, open_after)
        # A complete answer element at the very end closes the reasoning before it.
        return (passage, True) if final is None else (passage.cut(final.start()), False)
    if last_close is None:
        return passage, False
    behind = passage.cut(last_close.end())
    return (behind, False) if first_open is None else (passage.cut(0, first_open).join(behind), False)


def _opens(mark: re.Match[str]) -> bool:
    if mark.group("open4"):
        return True
    closers = (mark.group("close"), mark.group("close2"), mark.group("close3"))
    return any(closer == "" for closer in closers)


def strip_turns(passage: Passage) -> Passage:
    """Return the first turn without chat tokens: what a model runs on to say after its answer is not one."""
    token = _NEXT_TURN_TOKEN.search(passage.text)
    if token and passage.text[: token.start()].strip():
        passage = passage.cut(0, token.start())
    if "<" in passage.text or "[" in passage.text:
        passage = passage.sub(_BOX_OPEN, "<answer>").sub(_BOX_CLOSE, "</answer>").sub(_SPECIAL, "")
    for _ in range(2):
        role = _ROLE.match(passage.text)
        if role is None:
            break
        passage = passage.cut(role.end())
    for turn in _NEXT_TURN.finditer(passage.text):
        if passage.text[: turn.start()].strip():
            return passage.cut(0, turn.start())
    return passage


def strip_markup(passage: Passage) -> Passage:
    """Return the text without Markdown, HTML and LaTeX dress; brackets stay, they say something."""
    text = passage.text
    if "<" in text:
        passage = passage.sub(_BREAKS, "\n").sub(_TAGS, "")
    if "`" in text or "~" in text:
        passage = passage.sub(_FENCE, "")
    if "\\" in text or "$" in text:
        passage = passage.sub(_LATEX, "")
    if any(mark in text for mark in "*_~#>`"):
        passage = passage.sub(_MARKS, "").sub(_STARS, "")
    return passage
