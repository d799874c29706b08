"""The nouns of the house: frozen, plain, known to everybody, knowing nobody."""

from vqa_eval.records.answer import Answer, Status
from vqa_eval.records.prompt import Prompt, PromptSpec
from vqa_eval.records.request import (
    CHARACTERS_PER_TOKEN,
    PIXELS_PER_TOKEN,
    Channel,
    Fault,
    FaultKind,
    ModelIdentity,
    Picture,
    Reply,
    Request,
    Sampling,
    request_key,
)
from vqa_eval.records.run import Row, RunManifest
from vqa_eval.records.sample import Image, Kind, Mark, Node, Overlay, RegionKind, Sample, View
from vqa_eval.records.score import Interval, Score, Unit
from vqa_eval.records.served import Dialect, Price
from vqa_eval.records.slide_view import SLIDE_VIEWS, SlideView
from vqa_eval.records.specs import (
    AnswerSpec,
    AxisSpec,
    BoardSpec,
    Column,
    FormSpec,
    ImageSpec,
    ModelCard,
    OptionsSpec,
    PictureSpec,
    SplitSpec,
    TaskSpec,
    ValueSpec,
)
from vqa_eval.records.variant import PLAIN, Variant

__all__ = [
    "CHARACTERS_PER_TOKEN",
    "PIXELS_PER_TOKEN",
    "PLAIN",
    "SLIDE_VIEWS",
    "Answer",
    "AnswerSpec",
    "AxisSpec",
    "BoardSpec",
    "Channel",
    "Column",
    "Dialect",
    "Fault",
    "FaultKind",
    "FormSpec",
    "Image",
    "ImageSpec",
    "Interval",
    "Kind",
    "Mark",
    "ModelCard",
    "ModelIdentity",
    "Node",
    "OptionsSpec",
    "Overlay",
    "Picture",
    "PictureSpec",
    "Price",
    "Prompt",
    "PromptSpec",
    "RegionKind",
    "Reply",
    "Request",
    "Row",
    "RunManifest",
    "Sample",
    "Sampling",
    "Score",
    "SlideView",
    "SplitSpec",
    "Status",
    "TaskSpec",
    "Unit",
    "ValueSpec",
    "Variant",
    "View",
    "request_key",
]
