"""The trackers of a run: from their names on the command line to one object that passes every call to each of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from qleap_edge.core.errors import QleapError, UsageError
from qleap_edge.training.tracking.jsonl import JsonlTracker
from qleap_edge.training.tracking.protocol import RunInfo, Tracker, Values
from qleap_edge.training.tracking.tensorboard import TensorBoardTracker
from qleap_edge.training.tracking.wandb import WandbTracker

TRACKERS: dict[str, Callable[[], Tracker]] = {"tensorboard": TensorBoardTracker, "wandb": WandbTracker}
"""The trackers that can be chosen beside the JSON lines."""


class Trackers:
    """Passes every call to each tracker in turn; processes other than rank 0 use one without trackers."""

    def __init__(self, trackers: Sequence[Tracker] = ()) -> None:
        self.trackers = tuple(trackers)

    def begin(self, run: RunInfo) -> None:
        """Begin all of them, or none: when one refuses, those before it are ended."""
        for index, tracker in enumerate(self.trackers):
            try:
                tracker.begin(run)
            except BaseException:
                for begun in self.trackers[: index + 1]:
                    with suppress(QleapError):  # the refusal is the error to show
                        begun.end(finished=False)
                raise

    def log(self, step: int, values: Values) -> None:
        """Log one row with all of them."""
        for tracker in self.trackers:
            tracker.log(step, values)

    def summary(self, values: Values) -> None:
        """Give all of them the final numbers."""
        for tracker in self.trackers:
            tracker.summary(values)

    def end(self, finished: bool) -> None:
        """End all of them, also when one of them fails; the first failure is raised."""
        failures: list[QleapError] = []
        for tracker in self.trackers:
            try:
                tracker.end(finished)
            except QleapError as problem:
                failures.append(problem)
        if failures:
            raise failures[0]


def choose_trackers(names: Iterable[str] = ()) -> Trackers:
    """Return the JSON lines and the trackers of these names; JSON lines come first, so that they hold what another one loses.

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


@contextmanager
def tracked(tracker: Tracker, run: RunInfo) -> Iterator[Tracker]:
    """Begin a run and end it, however the block is left; the block's own error is never covered by one of ending."""
    tracker.begin(run)
    try:
        yield tracker
    except BaseException:
        with suppress(QleapError):
            tracker.end(finished=False)
        raise
    tracker.end(finished=True)
