"""The few places where tasks meet Ray: submitting one, what it does on its node, and how it ended."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ray
from ray.exceptions import RayError, TaskCancelledError

from engine.cluster.node_run import Reply, run_order
from engine.cluster.order import Order
from engine.cluster.parcel import Parcel

ANSWER_SECONDS = 10.0
"""How long a node waits for the coordinator's reply before it tries again."""


def submit_task(order: Order, coordinator: Any) -> Any:
    """Have a node run an order; retries are ours, since only we know what a checkpoint is."""
    task = ray.remote(_on_node).options(
        name=f"{order.run_id} lease {order.token}",
        num_cpus=order.num_cpus,
        num_gpus=order.num_gpus,
        max_retries=0,
        scheduling_strategy="SPREAD",
    )
    return task.remote(order, coordinator)


def cancel_task(ref: Any) -> None:
    """Take back a task that has not begun."""
    ray.cancel(ref)


def outcome(ref: Any) -> tuple[bool, str] | None:
    """None while a task goes on; else whether it came to its own end, or why it was lost."""
    done, _ = ray.wait([ref], timeout=0, fetch_local=True)
    if not done:
        return None
    try:
        ray.get(done[0], timeout=ANSWER_SECONDS)
    except TaskCancelledError:
        return True, ""
    except RayError as error:
        first = str(error).strip().partition("\n")[0]
        return False, f"its node or worker was lost ({type(error).__name__}: {first[:200]})"
    return True, ""


def _on_node(order: Order, coordinator: Any) -> str:
    def ask(shared: bool, parcel: Parcel) -> Reply:
        reply: Reply = ray.get(coordinator.tell.remote(order.key, shared, parcel), timeout=ANSWER_SECONDS)
        return reply

    # In a thread of its own: a task whose main thread waits for Ray gives its CPU back meanwhile, and another
    # task is started in its place.
    with ThreadPoolExecutor(1) as beside:
        return run_order(order, node_name(), lambda *news: beside.submit(ask, *news).result())


def node_name() -> str:
    """The name the cluster gives the machine this is called on."""
    here = ray.get_runtime_context().get_node_id()
    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    return next((node["NodeName"] for node in nodes if node["NodeID"] == here), here[:12])
