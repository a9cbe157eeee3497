"""From the names on the command line to trackers."""

from collections.abc import Callable, Iterable

from qleap_edge.core.errors import UsageError
from qleap_edge.training.tracking.fan_out import Trackers
from qleap_edge.training.tracking.jsonl import JsonlTracker
from qleap_edge.training.tracking.protocol import Tracker
from qleap_edge.training.tracking.tensorboard import TensorBoardTracker
from qleap_edge.training.tracking.wandb import WandbTracker

TRACKERS: dict[str, Callable[[], Tracker]] = {"tensorboard": TensorBoardTracker, "wandb": WandbTracker}
"""What can be asked for beside the JSON lines."""


def choose_trackers(names: Iterable[str] = ()) -> Trackers:
    """Return the JSON lines and the trackers named; JSON lines come first, so that they have what another one loses.

    Raises:
        UsageError: there is no tracker of such a name, or its library is not installed.
    """
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in TRACKERS:
            raise UsageError(
                "no such tracker", where="--track", expected=f"one of {', '.join(TRACKERS)}", got=repr(name)
            )
    return Trackers([JsonlTracker(), *(TRACKERS[name]() for name in wanted)])
