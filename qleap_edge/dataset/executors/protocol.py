"""The interface of every executor."""

from collections.abc import Callable, Generator, Sequence
from typing import Literal, Protocol, TypeVar, runtime_checkable

Task = TypeVar("Task")
Result = TypeVar("Result")

ExecutorName = Literal["local", "ray"]


@runtime_checkable
class Executor(Protocol):
    """Runs one function on many tasks.

    An implementation keeps only a few tasks and results at a time, however many there are, and starts no new task until the
    caller takes a result. A task must be the function's whole input and picklable: it may run in another process or on another
    machine.
    """

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Generator[Result, None, None]:
        """Yield one result for each task, in the order in which they finish.

        Closing the generator cancels the tasks that have not begun. Whatever ``function`` raises is raised here.

        Raises:
            QleapError: a worker died.
        """
