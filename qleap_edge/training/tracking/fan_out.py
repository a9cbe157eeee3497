"""One tracker in front of several."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from qleap_edge.core.errors import QleapError
from qleap_edge.training.tracking.protocol import RunInfo, Tracker, Values


class Trackers:
    """Hands every call to each tracker in turn; with none it tracks nothing, as the processes that are not rank 0 want."""

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
