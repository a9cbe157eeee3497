"""Damaged or impossible packages: each is refused with an error that names the file and the place."""

import copy
import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qleap_edge.core.errors import AlteredFile, InputDataError, QleapError, UnsupportedOperation, UsageError
from qleap_edge.core.manifest import digest_of
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.runtime.plan import as_precision
from qleap_edge.mil.tools.inspect import summarize
from tests.support.mil_packages import (
    FLOAT32,
    add_operation,
    linear_model,
    main_block,
    package_bytes,
    set_type,
    write_package,
)

WEIGHT = np.arange(12, dtype=np.float32).reshape(3, 4) / 10
BIAS = np.array([-1.0, 0.0, 1.0], dtype=np.float32)
MODEL = Path("Data/com.apple.CoreML/model.mlmodel")
BLOB = Path("Data/com.apple.CoreML/weights/weight.bin")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package(tmp_path / "good.mlpackage", *linear_model(WEIGHT, BIAS))


def refused(path: Path, *words: str) -> InputDataError:
    with pytest.raises(InputDataError) as caught:
        open_model(path)
    for word in words:
        assert word in str(caught.value)
    return caught.value


def changed(tmp_path: Path, change: Callable[[Any], None]) -> Path:
    model, weights = linear_model(WEIGHT, BIAS)
    change(model)
    return write_package(tmp_path / "changed.mlpackage", model, weights)


def test_the_undamaged_package_runs(package: Path) -> None:
    before = package_bytes(package)
    x = np.array([[1.0, 2.0, 3.0, 4.0]], dtype=np.float32)
    y = open_model(package).predict({"x": x})["y"]
    np.testing.assert_allclose(y, np.maximum(x @ WEIGHT.T + BIAS, 0.0), rtol=1e-6)
    assert package_bytes(package) == before


def test_a_package_with_another_hash_than_recorded(package: Path) -> None:
    recorded = digest_of(package)
    assert Package.load(package, recorded).path == package
    data = bytearray((package / BLOB).read_bytes())
    data[130] ^= 1  # one bit of one weight: nothing else would notice
    (package / BLOB).write_bytes(data)
    assert open_model(package) is not None
    with pytest.raises(AlteredFile, match=recorded):
        Package.load(package, recorded)


def test_missing_manifest(package: Path) -> None:
    (package / "Manifest.json").unlink()
    refused(package, "Manifest.json", "no such file", "copy the whole package again")


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"rootModelIdentifier": "A", "itemInfoEntries": {"A": {}}}', "[" * 9000]
)
def test_manifest_without_a_root(package: Path, text: str) -> None:
    (package / "Manifest.json").write_text(text)
    refused(package, "Manifest.json")


def test_manifest_that_leads_outside(package: Path) -> None:
    manifest = json.loads((package / "Manifest.json").read_text())
    manifest["itemInfoEntries"]["A"]["path"] = "../../../etc/passwd"
    (package / "Manifest.json").write_text(json.dumps(manifest))
    refused(package, "Manifest.json", "inside the package")


def test_missing_model_and_missing_weights(package: Path) -> None:
    (package / BLOB).unlink()
    refused(package, "weight.bin")
    (package / MODEL).unlink()
    refused(package, "model.mlmodel", "no such file")


def test_not_protobuf(package: Path) -> None:
    (package / MODEL).write_bytes(b"\xff" * 100)
    refused(package, "model.mlmodel", "do not parse")


def pipeline(model: Any) -> None:
    for kind in ("mlProgram", "glmClassifier"):
        getattr(model.pipelineClassifier.pipeline.models.add(), kind).SetInParent()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model: model.neuralNetwork.layers.add(), ("neuralNetwork", "convert_to='mlprogram'")),
        (
            lambda model: model.neuralNetworkClassifier.layers.add(),
            ("neuralNetworkClassifier", "convert_to='mlprogram'"),
        ),
        (pipeline, ("pipelineClassifier", "2 models", "mlProgram, glmClassifier", "save each mlProgram")),
        (lambda model: model.treeEnsembleRegressor.SetInParent(), ("treeEnsembleRegressor", "on a Mac")),
        (lambda model: model.Clear(), ("no model at all", "copy the whole package again")),
    ],
)
def test_another_kind_of_model(tmp_path: Path, change: Callable[[Any], None], words: tuple[str, ...]) -> None:
    problem = refused(changed(tmp_path, change), "not an ML Program", *words)
    assert ("copy the whole package" in str(problem)) == ("copy the whole package again" in words)


def _a_zip(folder: Path, package: Path) -> Path:
    return Path(shutil.make_archive(str(folder / "model"), "zip", package))


def _a_model_file(folder: Path, package: Path) -> Path:
    return Path(shutil.copy(package / MODEL, folder / "model.mlmodel"))


def _an_old_model_file(folder: Path, package: Path) -> Path:
    path = folder / "old.mlmodel"
    model, _ = linear_model(WEIGHT, BIAS)
    model.neuralNetwork.layers.add()
    path.write_bytes(model.SerializeToString())
    return path


def _a_compiled_model(folder: Path, package: Path) -> Path:
    (folder / "model.mlmodelc").mkdir()
    (folder / "model.mlmodelc" / "model.mil").write_text("program(1.0)")
    return folder / "model.mlmodelc"


def _an_empty_folder(folder: Path, package: Path) -> Path:
    (folder / "model.mlpackage").mkdir()
    return folder / "model.mlpackage"


def _a_folder_of_something_else(folder: Path, package: Path) -> Path:
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").write_text("…")
    return folder / "notes"


def _a_pointer(folder: Path, package: Path) -> Path:
    (package / MODEL).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    return package


def _a_text(folder: Path, package: Path) -> Path:
    (folder / "model.mlpackage").write_text("model")
    return folder / "model.mlpackage"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder, package: folder / "absent.mlpackage", ("does not exist", "check the path")),
        (lambda folder, package: package.parent / "god.mlpackage", ("does not exist", "give good.mlpackage")),
        (lambda folder, package: package.parent, ("a folder that holds good.mlpackage", "one package")),
        (lambda folder, package: package / MODEL, ("a file inside good.mlpackage", "give ")),
        (lambda folder, package: package / "Data", ("a folder inside good.mlpackage", "give ")),
        (_a_zip, ("a zip archive", "unpack it")),
        (_a_model_file, ("a single model file (.mlmodel)", "mlProgram", "give the .mlpackage")),
        (_an_old_model_file, ("a single model file (.mlmodel)", "neuralNetwork", "convert_to='mlprogram'")),
        (_a_compiled_model, ("a compiled model (.mlmodelc)", "from which it was compiled")),
        (_an_empty_folder, ("an empty folder",)),
        (_a_folder_of_something_else, ("a folder without Manifest.json", "the .mlpackage folder itself")),
        (_a_pointer, ("Git LFS", "git lfs pull")),
        (_a_text, ("a file of 5 bytes", "give an .mlpackage folder")),
    ],
)  # fmt: skip
def test_what_is_no_package_is_named(
    package: Path, tmp_path: Path, make: Callable[[Path, Path], Path], words: tuple[str, ...]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = make(tmp_path / "elsewhere", package)
    problem = refused(path, "not an .mlpackage", *words)
    assert "an empty folder" in words or "copy the whole package" not in str(problem)
    with pytest.raises(InputDataError, match="not an .mlpackage" if path != package else "not the one"):
        Package.load(path, "0" * 64)


def test_weights_that_git_has_not_fetched(package: Path) -> None:
    (package / BLOB).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    refused(package, "weight.bin", "git lfs pull")


@pytest.mark.parametrize("length", [0, 10, 64, 100, 150, 200])
def test_truncated_weights(package: Path, length: int) -> None:
    (package / BLOB).write_bytes((package / BLOB).read_bytes()[:length])
    refused(package, "weight.bin")


def test_flipped_sentinel_type_and_size(package: Path) -> None:
    good = (package / BLOB).read_bytes()
    for position, value, words in (
        (64, 0, ("offset 64", "0xdeadbeef")),
        (68, 1, ("offset 64", "type code 2 (fp32)", "code 1")),
        (72, 44, ("offset 64", "48 bytes")),
        (80, 2**40, ("offset 64", "data inside the file")),
        (4, 9, ("offset 0", "version 9")),
    ):
        damaged = bytearray(good)
        struct.pack_into("<Q" if position > 68 else "<I", damaged, position, value)
        (package / BLOB).write_bytes(damaged)
        refused(package, "weight.bin", *words)


def _offset_outside(model: Any) -> None:
    main_block(model).operations[0].attributes["val"].blobFileValue.offset = 2**40


def _file_outside(model: Any) -> None:
    main_block(model).operations[0].attributes["val"].blobFileValue.fileName = "@model_path/../../../../../etc/passwd"


def _huge(model: Any) -> None:
    main_block(model).operations[2].outputs[0].type.tensorType.dimensions[1].constant.size = 2**40


def _wrong_rank(model: Any) -> None:
    main_block(model).operations[2].outputs[0].type.tensorType.rank = 5


def _unknown_type(model: Any) -> None:
    main_block(model).operations[2].outputs[0].type.tensorType.dataType = 12  # fp64


def _cycle(model: Any) -> None:
    main_block(model).operations[2].inputs["x"].arguments[0].name = "y"


def _dangling(model: Any) -> None:
    main_block(model).operations[3].inputs["x"].arguments[0].name = "nowhere"


def _twice(model: Any) -> None:
    main_block(model).operations[3].outputs[0].name = "z"


def _no_output(model: Any) -> None:
    main_block(model).outputs[0] = "nothing"


def _no_main(model: Any) -> None:
    model.mlProgram.functions["other"].CopyFrom(model.mlProgram.functions["main"])
    del model.mlProgram.functions["main"]


def _no_opset(model: Any) -> None:
    model.mlProgram.functions["main"].opset = "CoreML6"


def _renamed_input(model: Any) -> None:
    model.description.input[0].name = "w"


def _image(model: Any) -> None:
    model.description.input[0].type.imageType.width = 3


def _image_of_other_size(model: Any) -> None:
    image = model.description.input[0].type.imageType
    image.width, image.height, image.colorSpace = 3, 5, 20


def _sequence(model: Any) -> None:
    model.description.input[0].type.sequenceType.int64Type.SetInParent()


def _shapes_disagree(model: Any) -> None:
    main_block(model).operations[2].outputs[0].type.tensorType.dimensions[1].constant.size = 7


def _types_disagree(model: Any) -> None:
    main_block(model).operations[3].outputs[0].type.tensorType.dataType = 23


def _weight_of_other_shape(model: Any) -> None:
    for holder in (
        main_block(model).operations[0].attributes["val"].type,
        main_block(model).operations[0].outputs[0].type,
    ):
        for axis, size in enumerate((4, 3)):
            holder.tensorType.dimensions[axis].constant.size = size


def _const_without_value(model: Any) -> None:
    del main_block(model).operations[0].attributes["val"]


def _too_few_literals(model: Any) -> None:
    value = main_block(model).operations[1].attributes["val"]
    value.immediateValue.tensor.floats.values.extend([1.0, 2.0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_offset_outside, ("weight.bin", "offset 1099511627776")),
        (_file_outside, ("'weight'", "@model_path")),
        (_huge, ("'z'", "at most")),
        (_wrong_rank, ("'z'", "rank 5")),
        (_unknown_type, ("'z'", "number 12")),
        (_cycle, ("'z'", "a cycle")),
        (_dangling, ("'y'", "defined nowhere")),
        (_twice, ("'z'", "taken")),
        (_no_output, ("output",)),
        (_no_main, ("a function 'main'", "other")),
        (_no_opset, ("CoreML6", "CoreML7")),
        (_renamed_input, ("['w']", "['x']")),
        (_image, ("input 'x'", "colorSpace")),
        (_image_of_other_size, ("image 'x'", "(1, 3, 5, 3)", "fp32[1,4]")),
        (_sequence, ("imageType", "sequenceType")),
        (_shapes_disagree, ("'z'", "linear", "fp32[1,7]")),
        (_types_disagree, ("'y'", "relu", "int32")),
        (_weight_of_other_shape, ("'z'", "linear")),
        (_const_without_value, ("'weight'", "literal")),
        (_too_few_literals, ("'bias'", "3 literal values", "2")),
    ],
)
def test_malformed_program(tmp_path: Path, change: Callable[[Any], None], words: tuple[str, ...]) -> None:
    refused(changed(tmp_path, change), "changed.mlpackage", *words)


def test_unknown_operations_are_all_named_before_anything_runs(tmp_path: Path) -> None:
    def change(model: Any) -> None:
        main_block(model).operations[3].type = "hologram"
        add_operation(main_block(model), "teleport", "t", FLOAT32, (1, 3), x="y")

    path = changed(tmp_path, change)
    with pytest.raises(UnsupportedOperation) as caught:
        open_model(path)
    assert (caught.value.op_type, caught.value.op_name) == ("hologram", "y")
    assert {"conv", "linear", "layer_norm"} <= set(caught.value.supported)
    assert "teleport (t)" in str(caught.value)
    assert caught.value.exit_code == 3
    assert [item.type for item in summarize(Package.load(path)).unsupported] == ["hologram", "teleport"]


def test_unhandled_forms_of_known_operations(tmp_path: Path) -> None:
    def gelu_of_unknown_mode(model: Any) -> None:
        operation = main_block(model).operations[3]
        operation.type = "gelu"
        value = operation.inputs["mode"].arguments.add().value
        set_type(value.type, 2, ())
        value.immediateValue.tensor.strings.values.append("ROUGHLY")

    def extra_parameter(model: Any) -> None:
        main_block(model).operations[3].inputs["vigour"].arguments.add().name = "bias"

    def missing_parameter(model: Any) -> None:
        del main_block(model).operations[2].inputs["weight"]

    for index, (change, word) in enumerate(
        ((gelu_of_unknown_mode, "ROUGHLY"), (extra_parameter, "vigour"), (missing_parameter, "weight"))
    ):
        model, weights = linear_model(WEIGHT, BIAS)
        change(model)
        with pytest.raises(UnsupportedOperation, match=word):
            open_model(write_package(tmp_path / f"{index}.mlpackage", model, weights))


def test_inputs_that_do_not_fit(package: Path) -> None:
    model = open_model(package)
    x = np.zeros((1, 4), dtype=np.float32)
    bad = x.copy()
    bad[0, 2] = np.nan
    for inputs, word in (
        ({}, "'x'"),
        ({"x": x, "z": x}, "'z'"),
        ({"x": x[:, :3]}, r"\(1, 4\)"),
        ({"x": np.full((1, 4), 0.1)}, "float64"),
        ({"x": x.astype(str)}, "U32"),
        ({"x": bad}, r"index \(0, 2\)"),
        ({"x": x[0]}, "shape"),
    ):
        with pytest.raises(InputDataError, match=word):
            model.predict(inputs)
        with pytest.raises(InputDataError, match=word.replace("1, 4", "windows, 1, 4").replace("(0, 2", "(0, 0, 2")):
            model.predict_batch({name: value[None] for name, value in inputs.items()})
    with pytest.raises(UsageError, match="exact"):
        as_precision("exact")
    with pytest.raises(UsageError, match="second"):
        open_model(package, function="second")


def test_not_a_pose_model(package: Path) -> None:
    with pytest.raises(InputDataError, match="not a pose model"):
        PosePredictor(package)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_flipped_bytes_end_in_a_result_or_a_named_error(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = np.random.default_rng(seed)
    model, weights = copy.deepcopy(linear_model(WEIGHT, BIAS))
    path = write_package(tmp_path_factory.mktemp("fuzz") / "p.mlpackage", model, weights)
    target = path / (MODEL if rng.random() < 0.8 else BLOB)
    data = bytearray(target.read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    target.write_bytes(data[: len(data) if rng.random() < 0.8 else int(rng.integers(len(data)))])
    try:
        model = open_model(path)
        shapes = {feature.name: np.zeros(feature.shape, feature.dtype) for feature in model.function.inputs}
        model.predict(shapes)
    except QleapError as problem:
        assert problem.exit_code in {2, 3}
