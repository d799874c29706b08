"""Where a served model is asked: addresses, keys, and what of them may be told."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from vqa_eval.engines.reference import ModelRef
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

PROVIDER = "https://api.openai.com/v1"
"""Where requests go if no server is named."""


def servers_of(ref: ModelRef) -> tuple[str, ...]:
    """Return the servers that are named, here or in the environment as every client of the protocol reads it."""
    named = os.environ.get("OPENAI_BASE_URL", "").strip()
    return ref.base_urls or ((named,) if named else ())


def check_address(server: str) -> None:
    """Raise `EngineError` for what cannot be a server's address."""
    if not (server.startswith(("http://", "https://")) and address(server)):
        shown = re.sub(r"//.*@", "//", server)
        raise EngineError(f"{shown!r} is no address", "type --base-url http://localhost:8000/v1")
    if "@" in urlsplit(server).netloc:
        raise EngineError(
            f"the address of {address(server)} has a user or a password in it",
            "leave it out of --base-url; keys belong in the environment: export OPENAI_API_KEY=YOUR_KEY",
        )


def address(base_url: str) -> str:
    """Return host, port and path: what may be printed of an address, without a password in it."""
    try:
        parts = urlsplit(base_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # a port that is no number, a bracket that is not closed
        return ""
    return f"{parts.hostname}{port}{parts.path.rstrip('/')}" if parts.hostname else ""


def api_key(card: ModelCard, base_url: str) -> str:
    """Return the key from the environment; a server on this machine needs none."""
    variable = card.key_variable or "OPENAI_API_KEY"
    key = os.environ.get(variable, "").strip()
    if key:
        return key
    if base_url and is_here(urlsplit(base_url).hostname or ""):
        return "none"
    raise EngineError(f"no key for {card.id}: {variable} is not set", f"type: export {variable}=YOUR_KEY")


def is_here(name: str) -> bool:
    """Return whether a host's name means this machine; other names are not looked up, since they may change."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
