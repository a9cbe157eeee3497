"""Execute a linked program: one window, many windows, or every intermediate value."""

import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Feature, Value
from qleap_edge.mil.runtime.compiled import CompiledPlan, why_not_compiled
from qleap_edge.mil.runtime.execution import Slots, check_shapes, free, run_block, run_step
from qleap_edge.mil.runtime.inputs import accept_inputs, refuse, tensor_dtype
from qleap_edge.mil.runtime.layout import lay_out_weights
from qleap_edge.mil.runtime.link import Linker
from qleap_edge.mil.runtime.plan import KERNEL_ERRORS, Executor, Plan, Precision, as_executor, as_precision
from qleap_edge.mil.runtime.state import State, restored_state

Arrays = dict[str, np.ndarray]
BATCH_WINDOWS: Final = 16
"""Windows in one pass: large enough to fill the cores, small enough for their caches."""


class Model:
    """One function of a package, ready to run; calls from several threads at once are safe.

    A classifier's outputs are its label and the probabilities as a vector in the order of ``classes``.

    Args:
        package: the saved program.
        precision: ``declared`` rounds each operation's output to its declared type, ``wide`` keeps float32 throughout.
        function: which entry point; ``None`` is the package's default.
        executor: ``compiled`` where the program allows it, see ``executor`` and ``executor_reason``; or ``reference``.

    Raises:
        UsageError: there is no such precision, function or executor.
        UnsupportedOperation: the program needs an operation that no kernel executes; all such are named.
        InputDataError: an operation cannot be applied to its arguments.
    """

    def __init__(
        self,
        package: Package,
        precision: Precision = "declared",
        function: str | None = None,
        executor: Executor = "compiled",
    ) -> None:
        self.package, self.precision = package, as_precision(precision)
        self.function = package.function(function)
        self.plan: Plan = Linker(self.function, precision, package.path).link()
        lay_out_weights(self.plan, self.precision)
        _return_freed_memory()
        values = self.function.block.inputs
        self._inputs = tuple(value for value in values if value.type.kind == "tensor")
        self._states = tuple(value for value in values if value.type.kind == "state")
        self.activation_bytes: int | None = None
        """The most memory that the values of one window take at one time; ``None`` if it is known only at run time."""
        if self.plan.is_static:
            meta = [torch.empty(_sizes(value), dtype=tensor_dtype(value), device="meta") for value in values]
            self.activation_bytes = check_shapes(self.plan, meta, package.path)
        self.executor_reason = "asked for" if as_executor(executor) == "reference" else why_not_compiled(self.plan)
        """Why the reference executor runs the program; empty if it does not."""
        self._one = CompiledPlan(self.plan)
        self._many = CompiledPlan(self.plan, BATCH_WINDOWS)

    @property
    def executor(self) -> Executor:
        """Which executor runs the program; ``trace`` always uses the reference one."""
        return "reference" if self.executor_reason else "compiled"

    @property
    def classes(self) -> tuple[str | int, ...]:
        """Labels of a classifier, empty for any other program."""
        return self.plan.classes

    def make_state(self) -> State:
        """Return fresh states, all zeros.

        Raises:
            InputDataError: a state's size is not known.
        """
        if any(not value.type.is_static for value in self._states):
            raise self._refuse_states("states of known size", "a flexible one", "convert the model with fixed sizes")
        return State({value.name: torch.zeros(_sizes(value), dtype=tensor_dtype(value)) for value in self._states})

    def restore_state(self, arrays: Mapping[str, np.ndarray]) -> State:
        """Return states with the values that an earlier call left, e.g. read from a file.

        Raises:
            InputDataError: a state is missing, unknown, or of another shape or type.
        """
        return restored_state(self.function, arrays, self.package.path)

    def predict(self, inputs: Mapping[str, np.ndarray], state: State | None = None) -> Arrays:
        """Run once on inputs of the declared shapes.

        Args:
            inputs: name → array. One of another type is converted where every number stays what it is.
            state: of a program that has states: read, and updated if all goes well. ``None``: fresh for this call.

        Raises:
            InputDataError: an input is missing, unknown, of a shape that is not declared, not finite, or has a number that
                the declared type does not hold.
        """
        with torch.inference_mode():
            kept = self.make_state() if state is None else state
            slots, tensors = self._fresh(), self._accept(inputs, batched=False)
            outputs = self._compiled(self._one, tensors, lambda: self._run(tensors, kept, slots))
            kept.values |= self._kept(slots)
            return self._arrays(outputs)

    def predict_batch(
        self, inputs: Mapping[str, np.ndarray], progress: Callable[[int, int], None] | None = None
    ) -> Arrays:
        """Run on inputs with one more axis in front, over independent windows; results have it too.

        Equal to calling ``predict`` window by window, each with a fresh state, up to the order of float32 sums; in
        ``declared`` precision such a difference can tip an output to the neighbouring half-precision number.

        Args:
            inputs: name → array whose first axis counts windows.
            progress: called with (windows done, all windows) after each pass.

        Raises:
            InputDataError: as ``predict``, or the arrays disagree in their number of windows.
        """
        tensors = self._accept(inputs, batched=True)
        count = int(tensors[0].shape[0])
        passes: list[dict[str, Tensor]] = []
        with torch.inference_mode():
            for start in range(0, count, BATCH_WINDOWS):
                part = [tensor[start : start + BATCH_WINDOWS] for tensor in tensors]
                passes.append(self._pass(part))
                if progress is not None:
                    progress(min(start + BATCH_WINDOWS, count), count)
            if not passes:
                return self._empty()
            return self._arrays({name: torch.cat([one[name] for one in passes]) for name in passes[0]})

    def trace(self, inputs: Mapping[str, np.ndarray], state: State | None = None) -> Iterator[tuple[str, np.ndarray]]:
        """Yield (name, value) of every intermediate in order of execution, real numbers as float32.

        What is computed inside a branch or a loop is not shown, only what comes out of it.

        Raises:
            InputDataError: as ``predict``.
        """
        slots, kept = self._fresh(), self.make_state() if state is None else state
        for slot, tensor in zip(
            self.plan.body.input_slots, self._arguments(self._accept(inputs, batched=False), kept), strict=True
        ):
            slots[slot] = tensor
        for step in self.plan.body.steps:
            with torch.inference_mode():
                run_step(step, slots, self.package.path, checked=not self.plan.is_static)
                values = [(output.value.name, slots[output.slot]) for output in step.outputs]
                free(step, slots)
            yield from ((name, value.numpy().copy()) for name, value in values if value is not None)
        kept.values |= self._kept(slots)

    def _pass(self, part: list[Tensor]) -> dict[str, Tensor]:
        """Run a few windows at once; a program whose sizes depend on data runs them one by one."""

        def one(*windows: Tensor) -> dict[str, Tensor]:
            return self._run(list(windows), self.make_state(), self._fresh())

        def at_once() -> dict[str, Tensor]:
            return dict(torch.func.vmap(one)(*part))

        count = len(part[0])
        if self.plan.is_static and count > 1:
            return self._compiled(self._many, part, at_once) if count == BATCH_WINDOWS else at_once()
        single = [one(*(tensor[index] for tensor in part)) for index in range(count)]
        return {name: torch.stack([one[name] for one in single]) for name in single[0]}

    def _compiled(
        self, plan: CompiledPlan, tensors: list[Tensor], reference: Callable[[], dict[str, Tensor]]
    ) -> dict[str, Tensor]:
        """Run compiled, or by the reference executor if that is the one, or if the compiled program fails."""
        if self.executor == "reference":
            return reference()
        try:
            return dict(zip(self.function.block.outputs, plan.run(tensors), strict=True))
        except KERNEL_ERRORS as problem:
            failure = str(problem)
        results = reference()  # refuses by name what cannot be computed
        self.executor_reason = f"the compiled program failed: {failure}"
        return results

    def _run(self, tensors: list[Tensor], state: State, slots: Slots) -> dict[str, Tensor]:
        results = run_block(
            self.plan.body,
            slots,
            self.package.path,
            checked=not self.plan.is_static,
            arguments=self._arguments(tensors, state),
        )
        return dict(zip(self.function.block.outputs, results, strict=True))

    def _fresh(self) -> Slots:
        return [None] * self.plan.slots

    def _arguments(self, tensors: Sequence[Tensor], state: State) -> list[Tensor]:
        """Return inputs and states in the order of the block's inputs."""
        if set(state.values) != {value.name for value in self._states}:
            expected = f"the names {sorted(value.name for value in self._states)}"
            raise self._refuse_states(expected, str(sorted(state.values)), "use make_state of this model")
        given = {value.name: tensor for value, tensor in zip(self._inputs, tensors, strict=True)}
        return [(given | state.values)[value.name] for value in self.function.block.inputs]

    def _kept(self, slots: Slots) -> dict[str, Tensor]:
        found = {name: slots[slot] for name, slot in self.plan.state_slots.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _accept(self, inputs: Mapping[str, np.ndarray], *, batched: bool) -> list[Tensor]:
        return accept_inputs(self.function, inputs, self.package.path, batched=batched)

    def _arrays(self, results: Mapping[str, Tensor]) -> Arrays:
        return {feature.name: self._array(feature, results[feature.name]) for feature in self.function.outputs}

    def _array(self, feature: Feature, result: Tensor) -> np.ndarray:
        array: np.ndarray = result.numpy()
        if feature.kind == "label":
            return np.asarray(np.array(self.classes)[array])
        return array.astype(feature.dtype, copy=False)

    def _empty(self) -> Arrays:
        return {
            feature.name: np.empty((0, *(size or 0 for size in feature.shape)), dtype=feature.dtype)
            for feature in self.function.outputs
        }

    def _refuse_states(self, expected: str, got: str, next_step: str) -> InputDataError:
        return refuse(self.package.path, "states", expected, got, next_step)


def open_model(
    package: Package | Path | str,
    *,
    sha256: str | None = None,
    precision: Precision = "declared",
    function: str | None = None,
    executor: Executor = "compiled",
) -> Model:
    """Link one function of a package to kernels and return it, ready to run.

    >>> model = open_model("Model.mlpackage")  # doctest: +SKIP
    >>> model.predict({"imu": window})["pose"]  # doctest: +SKIP

    Args:
        package: the saved program, or the path of its ``.mlpackage`` folder.
        sha256: of a path only: what a manifest says of the package, see ``Package.load``.
        precision: ``declared`` rounds each operation's output to its declared type, ``wide`` keeps float32 throughout.
        function: which entry point; ``None`` is the package's default.
        executor: ``compiled`` where the program allows it, see ``Model.executor_reason``; or ``reference``.

    Raises:
        AlteredFile: the package is not the one that was recorded.
        InputDataError: the package cannot be read, or the program in it is malformed.
        UnsupportedOperation: the program needs an operation that no kernel executes; all such are named.
        UsageError: the package has no such function, or a digest was given for a package that has been read already.
    """
    if not isinstance(package, Package):
        package = Package.load(package, sha256)
    elif sha256 is not None:
        raise UsageError(
            "a package in memory has no digest",
            where=package.path,
            expected="the path of a package beside sha256",
            got="a package that has been read already",
            next_step="give sha256 to Package.load",
        )
    return Model(package, precision, function, executor)


def _return_freed_memory() -> None:
    """Give the system back what expanding the constants has freed.

    It lies in holes between the constants, half as much again and more, and glibc alone never returns it. Other C libraries
    lack the function; there it stays for the process to use again.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))


def _sizes(value: Value) -> list[int]:
    return [0 if size is None else size for size in value.type.shape]
