"""Machines that Ray holds together: joined or started, without Ray's own output on the screen."""

import contextlib
import logging
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

from vqa_eval.errors import EngineError

REACHED_WITHIN = 5.0
"""Seconds for a connection to the address; Ray itself would try for two minutes and then end the process."""

_START = "start one: ray start --head, and on every other machine ray start --address HEAD:6379; or type --ray local"

_GUARDED = "where it was started with a token, here and on its nodes: export RAY_AUTH_MODE=token; see docs/clusters.md"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a replica asks of the machine on which it is placed."""

    cpus: float = 1
    gpus: float = 0

    def __str__(self) -> str:
        gpus = f"{self.gpus:g} GPU" if self.gpus else ""
        cpus = f"{self.cpus:g} CPU" if self.cpus else ""
        return " and ".join(part for part in (gpus, cpus) if part) or "nothing"

    def fit(self, resources: dict[str, float]) -> bool:
        """Say whether what there is suffices for one replica."""
        return resources.get("GPU", 0) >= self.gpus and resources.get("CPU", 0) >= self.cpus


class Cluster:
    """A running Ray that this process has joined, and leaves by `leave`.

    `address` is "local", which starts one on this machine for `replicas` of `cpus` each and stops it afterwards;
    "auto", which finds the one that this machine is a node of; or HOST:PORT of its head. Where this process has
    joined a cluster before, that one is used, and not left.
    """

    def __init__(self, address: str, cpus: float = 1) -> None:
        self._folder: Path | None = None
        self.can_grow = address != "local"
        """Whether nodes may join that are not there yet."""
        self._joined = not ray.is_initialized()
        if self._joined:
            self._start(cpus) if address == "local" else self._join(address)

    def resources(self) -> dict[str, float]:
        """Return what all living nodes have, used or not: {"CPU": 8, "GPU": 2, …}."""
        return dict(ray.cluster_resources())

    def nodes(self) -> int:
        """Return how many nodes are alive."""
        return sum(bool(node["Alive"]) for node in ray.nodes())

    def described(self) -> str:
        """Return in words what there is and what of it is free."""
        there, free = self.resources(), ray.available_resources()
        parts = [f"{there[kind]:g} {kind} ({free.get(kind, 0):g} free)" for kind in ("GPU", "CPU") if there.get(kind)]
        return f"{', '.join(parts) or 'no CPU'} on {self.nodes()} nodes"

    def leave(self) -> None:
        """Let go of the cluster, and stop it where it was started here."""
        if self._joined:
            ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, cpus: float) -> None:
        self._folder = _short_folder()
        self._init(
            address="local",
            num_cpus=max(os.cpu_count() or 1, round(cpus)),
            _temp_dir=str(self._folder),
            include_dashboard=False,
        )

    def _join(self, address: str) -> None:
        if address.startswith("ray://"):
            raise EngineError(
                f"{address} is the address of a Ray client",
                "type the command on a node of the cluster, with --ray auto",
            )
        if address != "auto":
            _reach(address)
        self._init(address=address)

    def _init(self, **where: Any) -> None:
        try:
            ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError, RayError) as error:
            self._joined = False
            self.leave()
            said = " ".join(str(error).split())[:300]
            hint = _START if where["address"] == "auto" else _GUARDED
            raise EngineError(f"--ray {where['address']}: {said}", hint) from error


def _reach(address: str) -> None:
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit()):
        raise EngineError(f"{address!r} is no address of a Ray cluster", "type --ray HOST:PORT, auto or local")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACHED_WITHIN).close()
    except OSError as error:
        raise EngineError(f"nobody answers at {address}: {error}", _START) from error


def _short_folder() -> Path:
    """Return a new folder with a short name: the paths of Ray's sockets may have 107 characters."""
    with contextlib.suppress(OSError):
        return Path(tempfile.mkdtemp(prefix="vqa-ray-", dir="/tmp"))
    return Path(tempfile.mkdtemp(prefix="vqa-ray-"))
