"""Arrays of another type than the program declares."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support.mil_packages import (
    FLOAT32,
    builder_program,
    built,
    linear_model,
    main_block,
    set_type,
    write_package,
)

EYE, NOTHING = np.eye(4, dtype=np.float32), np.zeros(4, dtype=np.float32)


def typed(folder: Path, code: int) -> Package:
    """Return the identity on four numbers with an input of another element type."""
    model, weights = linear_model(EYE, NOTHING)
    kinds = {10: 65552, 23: 131104}
    model.description.input[0].type.multiArrayType.dataType = kinds[code]
    main = model.mlProgram.functions["main"]
    main.inputs[0].Clear()
    main.inputs[0].name = "x"
    set_type(main.inputs[0].type, code, (1, 4))
    block = main.block_specializations["CoreML7"]
    kept = [item for item in block.operations if item.type == "const"]
    del block.operations[:]
    block.operations.extend(kept)
    cast = block.operations.add(type="cast")
    cast.inputs["x"].arguments.add().name = "x"
    target = cast.inputs["dtype"].arguments.add().value
    set_type(target.type, 2, ())
    target.immediateValue.tensor.strings.values.append("fp32")
    set_type(cast.outputs.add(name="y").type, FLOAT32, (1, 4))
    return Package.load(write_package(folder / f"{code}.mlpackage", model, weights))


@pytest.mark.parametrize(
    ("code", "given", "got"),
    [
        (10, np.array([[0.5, -2.0, 65504.0, 2.0**-24]], np.float32), None),
        (10, np.array([[0.5, 0.25, 1.0, 3.0]], np.float64), None),
        (10, np.array([[1, 2, 3, 2048]], np.int64), None),
        (10, np.array([[0.5, 0.1, 0.3, 1.0]], np.float32), r"index \(0, 1\): .*got 0.1000\d* of type float32"),
        (10, np.array([[0.5, 1.0, 70000.0, 1.0]], np.float32), r"index \(0, 2\): .*would become inf"),
        (23, np.array([[1, -2, 3, 2**31 - 1]], np.int64), None),
        (23, np.array([[1, 2**31, 3, 4]], np.int64), r"index \(0, 1\): .*got 2147483648 of type int64"),
        (23, np.array([[1.0, 2.0, 3.0, 4.0]], np.float32), "elements of type int32; got float32"),
        (23, np.array([[1, 2, 3, 4]], np.uint8), None),
    ],
)
def test_numbers_of_another_type(tmp_path: Path, code: int, given: np.ndarray, got: str | None) -> None:
    """Converted where each number stays what it is, refused with the first that does not."""
    model = open_model(typed(tmp_path, code))
    if got is None:
        np.testing.assert_array_equal(model.predict({"x": given})["y"], given.astype(np.float32))
    else:
        with pytest.raises(InputDataError, match=got):
            model.predict({"x": given})


def test_the_next_step_depends_on_whether_the_inputs_can_be_the_cause(tmp_path: Path) -> None:
    """An index outside its axis is the caller's; a program whose shapes do not fit is the converter's."""

    def looked_up(x: Any, i: Any) -> Any:
        return Builder.gather(x=x, indices=i, axis=0, validate_indices=True, name="y")

    from coremltools.converters.mil.mil import Builder

    described = {"x": ((3, 2), np.float32), "i": ((1,), np.int32)}
    model = open_model(built(tmp_path / "gather", builder_program(looked_up, described, "iOS17"), "iOS17"))
    x = np.zeros((3, 2), np.float32)
    assert model.predict({"x": x, "i": np.array([2], np.int32)})["y"].shape == (1, 2)
    with pytest.raises(InputDataError, match="check the sizes and values of the input arrays"):
        model.predict({"x": x, "i": np.array([3], np.int32)})
    message, weights = linear_model(EYE, NOTHING)
    main_block(message).operations[2].outputs[0].type.tensorType.dimensions[1].constant.size = 5
    with pytest.raises(InputDataError, match="convert the model again"):
        open_model(write_package(tmp_path / "damaged.mlpackage", message, weights))
