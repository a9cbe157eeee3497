"""Branches, loops, lists, states, classifiers, images: saved by coremltools, executed here, compared with PyTorch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.core.errors import InputDataError, UnsupportedOperation
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.ops.control import MAX_ITERATIONS
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.inspect import summarize
from tests.support.mil_built import accumulator
from tests.support.mil_packages import built, exported


def test_a_branch_depends_on_the_input(tmp_path: Path) -> None:
    import coremltools as ct
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.mil import types

    @Builder.program(input_specs=[Builder.TensorSpec((3,), types.fp32)], opset_version=ct.target.iOS18)
    def program(x: Any) -> Any:
        positive = Builder.greater(x=Builder.reduce_sum(x=x, axes=[0], keep_dims=False), y=0.0)
        doubled, halved = (lambda: Builder.mul(x=x, y=2.0), lambda: Builder.mul(x=Builder.relu(x=x), y=0.5))
        return Builder.cond(pred=positive, _true_fn=doubled, _false_fn=halved, name="y")

    package = built(tmp_path, program)
    model = open_model(package)
    windows = np.array([[1, -2, 3], [1, -2, -3], [0, 0, 0]], dtype=np.float32)
    wanted = np.array([[2, -4, 6], [0.5, 0, 0], [0, 0, 0]], dtype=np.float32)
    for window, answer in zip(windows, wanted, strict=True):
        np.testing.assert_array_equal(model.predict({"x": window})["y"], answer)
    np.testing.assert_array_equal(model.predict_batch({"x": windows})["y"], wanted)
    summary = summarize(package)
    assert summary.unsupported == ()
    assert summary.operation_counts["mul"] == 2  # those inside the branches count


def loop_program(limit: float) -> Any:
    """Return a builder program that doubles ``x`` until its sum reaches a limit, and counts."""
    import coremltools as ct
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.mil import types

    @Builder.program(input_specs=[Builder.TensorSpec((2,), types.fp32)], opset_version=ct.target.iOS18)
    def program(x: Any) -> Any:
        def below(value: Any, count: Any) -> Any:
            return Builder.less(x=Builder.reduce_sum(x=value, axes=[0], keep_dims=False), y=limit)

        def step(value: Any, count: Any) -> Any:
            return Builder.mul(x=value, y=2.0), Builder.add(x=count, y=1)

        start = Builder.identity(x=x)
        value, count = Builder.while_loop(_cond=below, _body=step, loop_vars=(start, Builder.const(val=np.int32(0))))
        return Builder.identity(x=value, name="y"), Builder.identity(x=count, name="rounds")

    return program


def test_a_loop_runs_as_often_as_the_input_requires(tmp_path: Path) -> None:
    package = built(tmp_path, loop_program(10.0))
    for window, rounds in (([1.0, 1.0], 3), ([20.0, 0.0], 0), ([0.01, 0.0], 10)):
        x = np.array(window, dtype=np.float32)
        found = open_model(package).predict({"x": x})
        assert found["rounds"] == rounds
        np.testing.assert_allclose(found["y"], x * 2.0**rounds)
    windows = np.array([[1.0, 1.0], [20.0, 0.0], [4.0, 0.0]], dtype=np.float32)
    assert open_model(package).predict_batch({"x": windows})["rounds"].tolist() == [3, 0, 2]


def test_a_loop_without_an_end_is_stopped(tmp_path: Path) -> None:
    package = built(tmp_path, loop_program(10.0))
    with pytest.raises(InputDataError, match=f"{MAX_ITERATIONS} rounds"):
        open_model(package).predict({"x": np.zeros(2, dtype=np.float32)})


def test_lists_grow_and_are_read(tmp_path: Path) -> None:
    import coremltools as ct
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.mil import types

    @Builder.program(input_specs=[Builder.TensorSpec((2,), types.fp32)], opset_version=ct.target.iOS18)
    def program(x: Any) -> Any:
        items = Builder.make_list(init_length=1, dynamic_length=True, elem_shape=(2,), dtype="fp32")
        items = Builder.list_write(ls=items, index=0, value=x)
        items = Builder.list_write(ls=items, index=3, value=Builder.mul(x=x, y=3.0))
        items = Builder.list_scatter(
            ls=items, indices=np.array([1, 4], np.int32), value=Builder.stack(values=(x, x), axis=0)
        )
        length = Builder.list_length(ls=items, name="length")
        one = Builder.list_read(ls=items, index=3, name="one")
        return Builder.list_gather(ls=items, indices=np.array([4, 2, 0], np.int32), name="some"), one, length

    found = open_model(built(tmp_path, program)).predict({"x": np.array([1.0, -2.0], dtype=np.float32)})
    assert found["length"] == 5
    assert found["one"].tolist() == [3.0, -6.0]
    assert found["some"].tolist() == [[1.0, -2.0], [0.0, 0.0], [1.0, -2.0]]


def test_a_state_is_kept_between_calls_and_belongs_to_one_caller(tmp_path: Path) -> None:
    package = accumulator(tmp_path)
    model = open_model(package)
    ones = np.ones((1, 3), dtype=np.float16)
    mine, other = model.make_state(), model.make_state()
    assert [float(model.predict({"x": ones}, state=mine)["y"][0, 0]) for _ in range(3)] == [2.0, 4.0, 6.0]
    assert mine["seen"].tolist() == [[3.0, 3.0, 3.0]]
    assert float(model.predict({"x": ones}, state=other)["y"][0, 0]) == 2.0
    assert float(model.predict({"x": ones})["y"][0, 0]) == 2.0  # without one, every call begins anew
    batched = model.predict_batch({"x": np.stack([ones, 2 * ones])})["y"]
    assert batched[:, 0, 0].tolist() == [2.0, 4.0]
    assert dict(model.trace({"x": ones}, state=mine))["y"][0, 0] == 8.0
    assert mine["seen"].tolist() == [[4.0, 4.0, 4.0]]
    summary = summarize(package)
    assert [(item.name, item.kind, item.shape, item.dtype) for item in summary.states] == [
        ("seen", "state", (1, 3), "float16")
    ]


def test_a_state_of_another_program_is_refused(tmp_path: Path) -> None:
    package = built(tmp_path, loop_program(10.0))
    (tmp_path / "second").mkdir()
    foreign = open_model(accumulator(tmp_path / "second")).make_state()
    with pytest.raises(InputDataError, match="seen"):
        open_model(package).predict({"x": np.ones(2, dtype=np.float32)}, state=foreign)


@pytest.mark.parametrize("labels", [["idle", "squat", "walk"], [7, 8, 9]])
def test_a_classifier_names_its_class(tmp_path: Path, labels: list[Any]) -> None:
    import coremltools as ct

    class Classifier(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.softmax(x, 1)

    package = built(
        tmp_path,
        exported(Classifier(), torch.zeros(1, 3)),
        inputs=[ct.TensorType("x", shape=(1, 3))],
        classifier_config=ct.ClassifierConfig(labels),
    )
    windows = np.array([[[0, 2, 1]], [[5, 0, 0]]], dtype=np.float32)
    names = {feature.kind: feature.name for feature in package.outputs}
    assert open_model(package).classes == tuple(labels)
    found = open_model(package).predict({"x": windows[0]})
    assert found[names["label"]] == labels[1]
    np.testing.assert_allclose(found[names["probabilities"]], torch.softmax(torch.tensor([0.0, 2, 1]), 0), rtol=1e-6)
    batched = open_model(package).predict_batch({"x": windows})
    assert batched[names["label"]].tolist() == [labels[1], labels[0]]
    assert batched[names["probabilities"]].shape == (2, 3)


def test_an_image_goes_in_as_its_pixels(tmp_path: Path) -> None:
    import coremltools as ct

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    package = built(
        tmp_path,
        exported(network, torch.zeros(1, 3, 8, 10)),
        inputs=[ct.ImageType("picture", shape=(1, 3, 8, 10), scale=1 / 255.0, bias=[0.1, 0.2, 0.3])],
        outputs=[ct.TensorType("y")],
    )
    (feature,) = package.inputs
    assert (feature.kind, feature.shape, feature.dtype) == ("image", (1, 3, 8, 10), "float32")
    pixels = np.random.default_rng(0).integers(0, 256, feature.shape).astype(np.float32)
    scaled = torch.from_numpy(pixels) / 255.0 + torch.tensor([0.1, 0.2, 0.3]).reshape(1, 3, 1, 1)
    with torch.no_grad():
        np.testing.assert_allclose(
            open_model(package).predict({"picture": pixels})["y"], network(scaled), rtol=1e-4, atol=1e-5
        )


def test_flexible_sizes_follow_the_input(tmp_path: Path) -> None:

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(2, 5, 3, padding=1), nn.GELU(), nn.Conv1d(5, 3, 3, stride=2))
    steps = torch.export.Dim("steps", min=8, max=200)
    program = torch.export.export(network.eval(), (torch.zeros(1, 2, 20),), dynamic_shapes=[{2: steps}])
    package = built(tmp_path, program.run_decompositions({}))
    (feature,), (output,) = package.inputs, package.outputs
    assert summarize(package).dynamic_inputs == (feature.name,)
    for length in (8, 20, 77):
        x = torch.randn(1, 2, length)
        with torch.no_grad():
            wanted = network(x).numpy()
        np.testing.assert_allclose(
            open_model(package).predict({feature.name: x.numpy()})[output.name], wanted, rtol=1e-4, atol=1e-5
        )


def test_every_function_of_a_package_runs_by_name(tmp_path: Path) -> None:
    import coremltools as ct

    description = ct.utils.MultiFunctionDescriptor()
    for name, factor in (("twice", 2.0), ("thrice", 3.0)):

        class Scale(nn.Module):
            def __init__(self, factor: float) -> None:
                super().__init__()
                self.factor = factor

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.factor * x

        (tmp_path / name).mkdir()
        built(
            tmp_path / name,
            exported(Scale(factor), torch.zeros(1, 3)),
            inputs=[ct.TensorType("x", shape=(1, 3))],
            outputs=[ct.TensorType("y")],
        )
        description.add_function(str(next((tmp_path / name).iterdir())), "main", name)
    description.default_function_name = "thrice"
    ct.utils.save_multifunction(description, str(tmp_path / "both.mlpackage"))
    package = Package.load(tmp_path / "both.mlpackage")
    x = np.ones((1, 3), dtype=np.float32)
    assert open_model(package).predict({"x": x})["y"].tolist() == [[3.0, 3.0, 3.0]]
    assert open_model(package, function="twice").predict({"x": x})["y"].tolist() == [[2.0, 2.0, 2.0]]


def test_an_unsupported_operation_says_where_and_of_which_opset(tmp_path: Path) -> None:
    package = built(tmp_path, loop_program(10.0))
    model = package.path / "Data/com.apple.CoreML/model.mlmodel"
    model.write_bytes(model.read_bytes().replace(b"while_loop", b"until_loop"))
    package = Package.load(package.path)
    with pytest.raises(UnsupportedOperation) as caught:
        open_model(package)
    assert (caught.value.op_type, caught.value.opset) == ("until_loop", "CoreML8")
    for word in (str(package.path), "CoreML8", "while_loop"):
        assert word in str(caught.value)
