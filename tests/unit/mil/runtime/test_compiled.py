"""The compiled executor against the reference one, bit for bit (many windows in float32: to rounding); which programs it takes;
what a failing call does.
"""

import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import BATCH_WINDOWS, open_model
from qleap_edge.mil.runtime.layout import SHORT_ROW
from qleap_edge.mil.runtime.plan import Precision, as_executor
from tests.support.architectures import ARCHITECTURES
from tests.support.mil_built import built
from tests.support.mil_packages import TinyTransformer, exported

PRECISIONS: Final[tuple[Precision, ...]] = ("declared", "wide")
WINDOWS = BATCH_WINDOWS + 3


def half_package(name: str, folder: Path) -> Package:
    """Save one of the conformance networks in half precision."""
    architecture, ct = ARCHITECTURES[name], import_coremltools()
    module, example = architecture.module(), architecture.inputs(0)
    traced = name in {"bilstm", "gru"}
    kind = np.int32 if architecture.tokens else np.float32
    with suppressed_output():
        model = ct.convert(
            torch.jit.trace(module, example) if traced else exported(module, example),
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS18,
            inputs=[ct.TensorType("x", shape=architecture.shape, dtype=kind)],
            outputs=[ct.TensorType("y", dtype=np.float32)],
            compute_precision=ct.precision.FLOAT16,
            skip_model_load=True,
        )
        model.save(str(folder / "half.mlpackage"))
    return Package.load(folder / "half.mlpackage")


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_equals_the_reference_executor(name: str, tmp_path: Path) -> None:
    package = half_package(name, tmp_path)
    windows = np.stack([ARCHITECTURES[name].inputs(seed).numpy() for seed in range(WINDOWS)])
    for precision in PRECISIONS:
        fast, slow = (
            open_model(package, precision=precision),
            open_model(package, precision=precision, executor="reference"),
        )
        for window in windows[:3]:
            compare(fast.predict({"x": window}), slow.predict({"x": window}))
        compare(fast.predict_batch({"x": windows}), slow.predict_batch({"x": windows}))
        assert (slow.executor, slow.executor_reason) == ("reference", "asked for")
        if name == "gru":  # PyTorch's exporter asks for the sizes in a run
            assert (fast.executor, fast.executor_reason.split(",")[0]) == ("reference", "sizes")
        else:
            assert fast.executor == "compiled", fast.executor_reason


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("fused", [False, True])
def test_equals_the_reference_executor_on_any_number_of_threads(fused: bool, threads: int, tmp_path: Path) -> None:
    torch.manual_seed(3)
    package = wrist_model(fused, tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for precision in PRECISIONS:
            fast, slow = (
                open_model(package, precision=precision),
                open_model(package, precision=precision, executor="reference"),
            )
            windows = np.random.default_rng(4).normal(size=(WINDOWS, 1, 40, 6)).astype(np.float32)
            # The reference executor copies what many windows' attention reads, and some libraries add in another order then.
            rounding = 0.0 if precision == "declared" else 4.0 * float(np.finfo(np.float32).eps)
            compare(fast.predict_batch({"imu": windows}), slow.predict_batch({"imu": windows}), rounding)
            compare(fast.predict({"imu": windows[0]}), slow.predict({"imu": windows[0]}))
            assert fast.executor == "compiled"
    finally:
        torch.set_num_threads(before)


def compare(got: dict[str, np.ndarray], wanted: dict[str, np.ndarray], rounding: float = 0.0) -> None:
    assert got.keys() == wanted.keys()
    for name, value in got.items():
        np.testing.assert_allclose(value, wanted[name], rtol=0.0, atol=rounding)


def wrist_model(fused: bool, folder: Path) -> Package:
    """Save a small transformer in half precision, its attention one operation or written out."""
    module = TinyTransformer(fused).eval()
    source = exported(module, torch.zeros(1, 40, 6))
    ct = import_coremltools()
    with suppressed_output():
        model = ct.convert(
            source,
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS18 if fused else ct.target.iOS17,
            inputs=[ct.TensorType("imu", shape=(1, 40, 6), dtype=np.float32)],
            outputs=[ct.TensorType(name, dtype=np.float32) for name in ("pose", "label")],
            compute_precision=ct.precision.FLOAT16,
            skip_model_load=True,
        )
        model.save(str(folder / "wrist.mlpackage"))
    return Package.load(folder / "wrist.mlpackage")


def test_calls_in_many_threads_do_not_share_memory(tmp_path: Path) -> None:
    package = wrist_model(False, tmp_path)
    model = open_model(package)
    windows = np.random.default_rng(5).normal(size=(8, 1, 40, 6)).astype(np.float32)
    wanted = [open_model(package, executor="reference").predict({"imu": window}) for window in windows]
    first = model.predict({"imu": windows[0]})
    got: dict[int, dict[str, np.ndarray]] = {}

    def work(index: int) -> None:
        for _ in range(5):
            got[index] = model.predict({"imu": windows[index]})

    workers = [threading.Thread(target=work, args=(index,)) for index in range(len(windows))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for index, answer in enumerate(wanted):
        compare(got[index], answer)
    compare(first, wanted[0])  # later calls have not written over it


def test_an_operation_that_fails_is_named(tmp_path: Path) -> None:
    """Whether an index lies inside is only known in a run: the compiled program hands over to the reference executor."""
    from coremltools.converters.mil import Builder

    def body(x: Any, index: Any) -> Any:
        return Builder.gather(x=x, indices=index, axis=0, name="y")

    inputs = {"x": np.arange(6, dtype=np.float32), "index": np.array([5, 0], dtype=np.int32)}
    package = built(body, inputs, "iOS16", tmp_path)
    model = open_model(package)
    np.testing.assert_array_equal(model.predict(inputs)["y"], [5.0, 0.0])
    assert model.executor == "compiled"
    with pytest.raises(InputDataError, match="gather"):
        model.predict(inputs | {"index": np.array([6, 0], dtype=np.int32)})
    np.testing.assert_array_equal(model.predict(inputs)["y"], [5.0, 0.0])
    assert model.executor == "compiled"


def test_there_are_two_executors() -> None:
    assert [as_executor(name) for name in ("compiled", "reference")] == ["compiled", "reference"]
    with pytest.raises(UsageError, match="executor"):
        as_executor("fast")


def test_weights_keep_their_numbers_whatever_their_layout(tmp_path: Path) -> None:
    """Short rows are turned in both precisions, long ones only where the order of sums is free, and shared ones never."""
    from coremltools.converters.mil import Builder

    drawn = np.random.default_rng(6)
    short, long, shared = (drawn.normal(size=(4, size)).astype(np.float32) for size in (SHORT_ROW, SHORT_ROW + 1, 8))

    def body(x: Any, z: Any, s: Any) -> Any:
        kept = Builder.const(val=shared)
        both = Builder.matmul(x=Builder.linear(x=s, weight=kept), y=kept)
        return Builder.linear(x=x, weight=short), Builder.linear(x=z, weight=long), both

    widths = {"x": SHORT_ROW, "z": SHORT_ROW + 1, "s": 8}
    inputs = {name: drawn.normal(size=(16, width)).astype(np.float32) for name, width in widths.items()}
    package = built(body, inputs, "iOS16", tmp_path)
    for precision, turned in (("declared", {SHORT_ROW}), ("wide", {SHORT_ROW, SHORT_ROW + 1})):
        steps = open_model(package, precision=precision).plan.body.steps  # type: ignore[arg-type]
        weights = [step.fixed["weight"] for step in steps if step.operation.type == "linear"]
        assert {int(item.shape[1]) for item in weights if not item.is_contiguous()} == turned
        for weight, wanted in zip(sorted(weights, key=lambda item: item.shape[1]), (shared, short, long), strict=True):
            np.testing.assert_array_equal(weight.numpy(), wanted)
