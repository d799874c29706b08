"""Requests with real pictures, small checkpoints, and a server that speaks chat completions."""

import hashlib
import io
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from vqa_eval.records import ModelCard, Picture, Prompt, Request, Sampling

LABELS = ("A", "B", "C", "D")


def make_picture(seed: int, broken: bool = False) -> Picture:
    """A grey picture with a few discs; half of its file where `broken`."""
    drawn = random.Random(seed)
    image = Image.new("RGB", (drawn.randint(60, 160), drawn.randint(60, 160)), (drawn.randint(0, 60),) * 3)
    pen = ImageDraw.Draw(image)
    for _ in range(drawn.randint(1, 4)):
        x, y, size = drawn.randint(0, 120), drawn.randint(0, 120), drawn.randint(10, 80)
        pen.ellipse((x, y, x + size, y + size), fill=(drawn.randint(30, 255),) * 3)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    data = stream.getvalue()
    data = data[: len(data) // 2] if broken else data
    return Picture(data, "image/png", image.width, image.height, hashlib.sha256(data).hexdigest())


def make_request(
    number: int,
    *,
    pictures: int = 1,
    broken: bool = False,
    question: str = "Which organ is shown?",
    system: str = "",
    sampling: Sampling | None = None,
) -> Request:
    """A choice question with its own key, about pictures of its own."""
    text = f"Question {number}: {question}\nOptions:\nA. lung\nB. liver\nC. heart\nD. brain\nAnswer:"
    return Request(
        key=hashlib.sha256(f"{number} {question} {system} {sampling}".encode()).hexdigest(),
        sample=f"demo/{number}",
        prompt=Prompt(text, system, LABELS),
        pictures=tuple(make_picture(number * 10 + place, broken) for place in range(pictures)),
        sampling=sampling or Sampling(max_tokens=16),
    )


class Pulling:
    """Requests that remember how many of them were pulled."""

    def __init__(self, requests: list[Request]) -> None:
        self.pulled = 0
        self._requests = requests

    def __iter__(self) -> Iterator[Request]:
        for request in self._requests:
            self.pulled += 1
            yield request


@dataclass
class ChatServer:
    """What a chat-completions server was asked, and how it answers: by a function of the body."""

    url: str = ""
    answer: Callable[[dict[str, Any]], tuple[int, dict[str, str], Any]] = lambda body: completion("A")
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def completion(text: str, finish: str = "stop") -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of a reply."""
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    return 200, {}, body


def refusal(status: int, message: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, {"error": {"message": message, "type": "error", "code": None}}


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    """A server on this machine; set `answer` to change what it says (None hangs up)."""
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802 - http.server calls the method by this name
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with state.lock:
                state.asked.append(body)
                state.keys.append(self.headers["Authorization"])
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
            try:
                status, headers, content = state.answer(body)
            finally:
                with state.lock:
                    state.at_once -= 1
            if status == 0:
                self.connection.close()
                self.close_connection = True
                return
            payload = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *arguments: object) -> None:
            """Keep the terminal of the tests clean."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                # The client went away, or the connection was hung up on purpose.
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield state
    server.shutdown()
    server.server_close()


def question_number(body: dict[str, Any]) -> int:
    """The number that `make_request` wrote into the question."""
    text = body["messages"][-1]["content"][-1]["text"]
    return int(text.split(":")[0].removeprefix("Question "))


def wait_a_little(body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """Answer after a moment, so that requests overlap."""
    time.sleep(0.02)
    return completion(f"answer {question_number(body)}")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder of the program for the whole session."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def tiny_folder(home: Path) -> Path:
    """The checkpoint tiny-vlm, built once."""
    from vqa_eval.engines.tiny_vlm import build_tiny_vlm

    return build_tiny_vlm(home / "models" / "tiny-vlm")


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of a few kilobytes without chat template, vision or processor."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from vqa_eval.engines.tiny_vlm import _tokenizer

    folder = tmp_path_factory.mktemp("text-only")
    tokenizer = _tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=256,
                bos_token_id=None,
                eos_token_id=tokenizer.eos_token_id,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


STAND_IN_CODE = '''
import torch
from transformers import PretrainedConfig, PreTrainedModel

class StandInConfig(PretrainedConfig):
    model_type = "internvl_stand_in"
    def __init__(self, force_image_size=28, max_dynamic_patch=6, use_thumbnail=True, **kwargs):
        self.force_image_size = force_image_size
        self.max_dynamic_patch = max_dynamic_patch
        self.use_thumbnail = use_thumbnail
        super().__init__(**kwargs)

class StandInModel(PreTrainedModel):
    config_class = StandInConfig
    def __init__(self, config):
        super().__init__(config)
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.system_message = "the model's own"
        self.post_init()
    def _init_weights(self, module):
        pass
    def generate(self, pixel_values=None, input_ids=None, attention_mask=None, max_new_tokens=1, **kwargs):
        count = min(max_new_tokens, 3)
        return torch.arange(5, 5 + count).unsqueeze(0)
    def chat(self, tokenizer, pixel_values, question, generation_config, history=None, return_history=False,
             num_patches_list=None, IMG_START_TOKEN="<img>", IMG_END_TOKEN="</img>",
             IMG_CONTEXT_TOKEN="<IMG_CONTEXT>", verbose=False):
        if pixel_values is None:
            shape = None
        else:
            shape = list(pixel_values.shape)
            assert len(pixel_values) == sum(num_patches_list)
            assert question.count("<image>") == len(num_patches_list)
        ids = tokenizer(question, return_tensors="pt")["input_ids"]
        self.generate(pixel_values=pixel_values, input_ids=ids, **generation_config)
        return f"{self.system_message}|{shape}|{num_patches_list}|{question}"
'''


@pytest.fixture(scope="session")
def internvl_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with code of its own and a `chat` of InternVL 2's signature, instead of a processor."""
    import torch
    from safetensors.torch import save_file

    from vqa_eval.engines.tiny_vlm import _tokenizer

    folder = tmp_path_factory.mktemp("internvl-stand-in")
    (folder / "modeling_stand_in.py").write_text(STAND_IN_CODE)
    config = {
        "model_type": "internvl_stand_in",
        "architectures": ["StandInModel"],
        "auto_map": {
            "AutoConfig": "modeling_stand_in.StandInConfig",
            "AutoModel": "modeling_stand_in.StandInModel",
            "AutoModelForCausalLM": "modeling_stand_in.StandInModel",
        },
        "force_image_size": 28,
    }
    (folder / "config.json").write_text(json.dumps(config))
    save_file({"weight": torch.ones(1)}, folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def internvl_card() -> ModelCard:
    """A card that names the repository's code."""
    return ModelCard("stand-in", "Stand-in", remote_code=True, notes=("stand-in",))
