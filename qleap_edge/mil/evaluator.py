"""Execute a linked program: one window, many windows, or every intermediate value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.mil.link import Linker
from qleap_edge.mil.package import Package
from qleap_edge.mil.plan import (
    KERNEL_ERRORS,
    Plan,
    Precision,
    Step,
    as_precision,
    as_python,
    as_results,
    compute_dtype,
    kernel_refusal,
    settle,
    shape_fits,
)
from qleap_edge.mil.program import Feature, Value

Arrays = dict[str, np.ndarray]
BATCH_WINDOWS = 32  # windows in one vectorised pass: large enough to fill the cores, small enough for their caches


class Runtime:
    """One function of a package, ready to run; calls from several threads at once are safe.

    Args:
        package: the saved program.
        precision: ``declared`` rounds each operation's output to its declared type, ``wide`` keeps float32 throughout.
        function: which entry point; ``None`` is the package's default.

    Raises:
        UnsupportedOperation: the program needs an operation that no kernel executes; all such are named.
        InputDataError: an operation cannot be applied to its arguments.
    """

    def __init__(self, package: Package, precision: Precision = "declared", function: str | None = None) -> None:
        self.package, self.precision = package, as_precision(precision)
        self.function = package.function(function)
        self.plan: Plan = Linker(self.function, precision, package.path).link()
        self._features = {feature.name: feature for feature in self.function.inputs}
        if self.plan.is_static:
            self._check_shapes()

    def predict(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Run once on inputs of the declared shapes.

        Raises:
            InputDataError: an input is missing, unknown, of another shape or type, or not finite.
        """
        with torch.inference_mode():
            return self._arrays(self._run(self._accept(inputs, batched=False)))

    def predict_batch(
        self, inputs: Mapping[str, np.ndarray], progress: Callable[[int, int], None] | None = None
    ) -> Arrays:
        """Run on inputs with one more axis in front, over independent windows; results have it too.

        Equal to calling ``predict`` window by window, up to the order of float32 sums; in ``declared`` precision such a
        difference can tip an output to the neighbouring half-precision number.

        Args:
            inputs: name → array whose first axis counts windows.
            progress: called with (windows done, all windows) after each pass.

        Raises:
            InputDataError: as ``predict``, or the arrays disagree in their number of windows.
        """
        tensors = self._accept(inputs, batched=True)
        counts = {int(tensor.shape[0]) for tensor in tensors}
        if len(counts) != 1:
            raise self._refuse("inputs", "the same number of windows in every input", str(sorted(counts)))
        count = counts.pop()
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

    def trace(self, inputs: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
        """Yield (name, value) of every intermediate in order of execution, real numbers as float32.

        Raises:
            InputDataError: as ``predict``.
        """
        slots = self._fresh(self._accept(inputs, batched=False))
        for step in self.plan.steps:
            with torch.inference_mode():
                self._step(step, slots)
                values = [(output.value.name, slots[output.slot]) for output in step.outputs]
                self._free(step, slots)
            yield from ((name, value.numpy().copy()) for name, value in values if value is not None)

    def _pass(self, part: list[Tensor]) -> dict[str, Tensor]:
        """Run a few windows at once; a program whose sizes depend on data runs them one by one."""
        if self.plan.is_static and len(part[0]) > 1:
            return dict(torch.func.vmap(lambda *windows: self._run(list(windows)))(*part))
        single = [self._run([tensor[index] for tensor in part]) for index in range(len(part[0]))]
        return {name: torch.stack([one[name] for one in single]) for name in single[0]}

    def _run(self, tensors: list[Tensor]) -> dict[str, Tensor]:
        slots = self._fresh(tensors)
        for step in self.plan.steps:
            self._step(step, slots)
            self._free(step, slots)
        results = dict(self.plan.constants)
        for name, slot in self.plan.output_slots.items():
            value = slots[slot]
            if value is not None:
                results[name] = value
        return results

    def _fresh(self, tensors: list[Tensor]) -> list[Tensor | None]:
        slots: list[Tensor | None] = [None] * self.plan.slots
        for slot, tensor in zip(self.plan.input_slots, tensors, strict=True):
            slots[slot] = tensor
        return slots

    def _step(self, step: Step, slots: list[Tensor | None]) -> None:
        arguments = dict(step.fixed)
        for parameter, slot in step.reads:
            arguments[parameter] = slots[slot]
        try:
            for parameter, slot in step.late:
                late = slots[slot]
                arguments[parameter] = None if late is None else as_python(late)
            if step.many:
                arguments[step.many_as] = tuple(slots[item] if isinstance(item, int) else item for item in step.many)
            results = as_results(step, step.function(**arguments))
            for output, result in zip(step.outputs, results, strict=True):
                slots[output.slot] = settle(result, output)
        except KERNEL_ERRORS as problem:
            raise kernel_refusal(step.operation, problem, self.package.path) from problem

    @staticmethod
    def _free(step: Step, slots: list[Tensor | None]) -> None:
        for slot in step.frees:
            slots[slot] = None

    def _check_shapes(self) -> None:
        """Run the program on tensors without data: every declared output shape must come out.

        Raises:
            InputDataError: an operation does not fit its arguments or its declared output.
        """
        inputs = []
        for value in self.function.block.inputs:
            shape = [0 if size is None else size for size in value.type.shape]
            inputs.append(torch.empty(shape, dtype=_input_dtype(value), device="meta"))
        slots = self._fresh(inputs)
        with torch.inference_mode(), torch.device("meta"):
            for step in self.plan.steps:
                self._step(_without_data(step), slots)
                for output in step.outputs:
                    result = slots[output.slot]
                    if result is None or not shape_fits(result, output.value):
                        got = ValueError(
                            f"shape {None if result is None else tuple(result.shape)}, declared {output.value.type}"
                        )
                        raise kernel_refusal(step.operation, got, self.package.path)
                self._free(step, slots)

    def _accept(self, inputs: Mapping[str, np.ndarray], *, batched: bool) -> list[Tensor]:
        """Check the inputs and return them in the block's order, as tensors of the type computed in."""
        if set(inputs) != set(self._features):
            raise self._refuse("inputs", f"the names {sorted(self._features)}", str(sorted(inputs)))
        tensors = []
        for value in self.function.block.inputs:
            feature, array = self._features[value.name], inputs[value.name]
            self._check(feature, array, value.type.shape, batched=batched)
            tensors.append(torch.from_numpy(np.ascontiguousarray(array)).to(_input_dtype(value)))
        return tensors

    def _check(self, feature: Feature, array: np.ndarray, declared: tuple[int | None, ...], *, batched: bool) -> None:
        where = f"input {feature.name!r}"
        if array.dtype != feature.dtype:
            raise self._refuse(where, f"elements of type {feature.dtype}", str(array.dtype), "use array.astype")
        shape = array.shape[1:] if batched and array.ndim else array.shape
        fits = len(shape) == len(declared) and all(
            size is None or size == got for size, got in zip(declared, shape, strict=True)
        )
        if not fits or (batched and not array.ndim):
            wanted = ", ".join("any" if size is None else str(size) for size in declared)
            raise self._refuse(where, f"shape ({'windows, ' if batched else ''}{wanted})", str(array.shape))
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            first = np.argwhere(~np.isfinite(array))[0]
            raise self._refuse(f"{where}, index {tuple(map(int, first))}", "finite numbers", str(array[tuple(first)]))

    def _arrays(self, results: Mapping[str, Tensor]) -> Arrays:
        return {
            feature.name: results[feature.name].numpy().astype(feature.dtype, copy=False)
            for feature in self.function.outputs
        }

    def _empty(self) -> Arrays:
        return {feature.name: np.empty((0, *feature.shape), dtype=feature.dtype) for feature in self.function.outputs}

    def _refuse(self, where: str, expected: str, got: str, next_step: str = "check the input arrays") -> InputDataError:
        return InputDataError(
            "the program cannot take these inputs",
            where=f"{self.package.path}, {where}",
            expected=expected,
            got=got,
            next_step=next_step,
        )


def _input_dtype(value: Value) -> torch.dtype:
    if value.type.data_type is None:  # the linker has refused it
        raise QleapError("an input without an element type", where=value.name)
    return compute_dtype(value.type.data_type)


def _without_data(step: Step) -> Step:
    """Return a step whose constants have a shape and a type but no data."""
    fixed = {name: item.to("meta") if isinstance(item, Tensor) else item for name, item in step.fixed.items()}
    many = tuple(item.to("meta") if isinstance(item, Tensor) else item for item in step.many)
    return replace(step, fixed=fixed, many=many)
