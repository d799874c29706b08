"""Requests that are refused before a model is asked."""

from vqa_eval.records import Fault, Reply, Request


def too_many(request: Request, limit: int | None) -> Reply | None:
    """Return the fault of a request that carries more pictures than the model takes, else None."""
    count = len(request.pictures)
    if limit is None or count <= limit:
        return None
    takes = f"takes at most {limit} in one prompt" if limit else "reads text only"
    return Reply(request.key, fault=Fault("rejected", f"{count} pictures were sent; the model {takes}"))


def without_labels(request: Request) -> Reply | None:
    """Return the fault of a request whose channel needs the prompt's labels where there are none, else None."""
    if request.channel == "text" or request.prompt.labels:
        return None
    detail = f"the prompt names no options, and the channel {request.channel!r} answers with one of them"
    return Reply(request.key, fault=Fault("rejected", detail))
