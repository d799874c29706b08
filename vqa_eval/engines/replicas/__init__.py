"""Many machines: copies of one model, spread over the nodes of a Ray cluster, behind the seam of one engine.

`opening` joins the cluster and says what a copy needs; `actor` is what runs on a node; `driver` is the engine that
the run asks, with its `places` for actors and the `backlog` of what is still to be asked.

Actors and `ray.wait`, nothing more of Ray: its pool of actors gives up when one of them dies, and its data sets
hold replies back. Requests stay with the driver until they are answered, so an actor or a whole node may go at
any moment: what it had in hand is asked elsewhere, and no request is answered twice.
"""

from vqa_eval.engines.replicas.opening import check_replicas, open_replicas

__all__ = ["check_replicas", "open_replicas"]
