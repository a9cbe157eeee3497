"""Small saved ML Programs: some converted from torch by coremltools, one written field by field."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.protobuf import message_module

FLOAT32, FLOAT16, STRING, UINT8 = 11, 10, 2, 31
DTYPE_CODES = {FLOAT32: 2, FLOAT16: 1, UINT8: 3}


class TinyTransformer(nn.Module):
    """The shapes of a wrist model in small: conv, batch norm, GELU, positions, attention written out, two heads."""

    def __init__(self, fused_attention: bool, width: int = 32, heads: int = 4) -> None:
        super().__init__()
        self.fused, self.heads = fused_attention, heads
        self.first = nn.Conv1d(6, 16, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm1d(16)
        self.second = nn.Conv1d(16, width, 3, stride=2, padding=1)
        self.depthwise = nn.Conv1d(width, width, 3, padding=2, dilation=2, groups=width)
        self.positions = nn.Parameter(0.1 * torch.randn(1, width, 10))
        self.before = nn.LayerNorm(width)
        self.mixed = nn.Linear(width, 3 * width)
        self.back = nn.Linear(width, width)
        self.after = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)
        self.pose = nn.Linear(width, 12)
        self.label = nn.Linear(width, 3)
        with torch.no_grad():
            self.norm.running_mean.normal_()
            self.norm.running_var.uniform_(0.5, 2.0)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        batch, time, width = x.shape
        parts = self.mixed(x).reshape(batch, time, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts[0], parts[1], parts[2]
        if self.fused:
            mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        else:
            scores = query @ key.transpose(-1, -2) / (width // self.heads) ** 0.5
            mixed = torch.softmax(scores, -1) @ value
        return self.back(mixed.transpose(1, 2).reshape(batch, time, width))

    def forward(self, imu: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = nn.functional.gelu(self.norm(self.first(imu.transpose(1, 2))))
        x = nn.functional.gelu(self.second(x)) + self.positions
        x = (x + self.depthwise(x)).transpose(1, 2)
        x = x + self.attend(self.before(x))
        x = x + self.narrow(nn.functional.gelu(self.wide(self.after(x))))
        return self.pose(x).reshape(1, 40, 3), self.label(x.mean(1))


def tiny_transformer(fused_attention: bool) -> TinyTransformer:
    torch.manual_seed(7)
    return TinyTransformer(fused_attention).eval()


def exported(module: nn.Module, *inputs: torch.Tensor) -> Any:
    """Return a torch module in the form the converter takes."""
    return torch.export.export(module.eval(), inputs).run_decompositions({})


def builder_program(body: Callable[..., Any], inputs: Mapping[str, tuple[tuple[Any, ...], type]], target: str) -> Any:
    """Return what ``body`` makes with coremltools' builder of its parameters, which are named as the inputs (shape, dtype)."""
    ct = import_coremltools()
    from coremltools.converters.mil.mil import Builder, types

    kinds = {np.float32: types.fp32, np.int32: types.int32, np.float16: types.fp16}
    specs = [Builder.TensorSpec(shape=shape, dtype=kinds[dtype]) for shape, dtype in inputs.values()]
    return Builder.program(input_specs=specs, opset_version=getattr(ct.target, target))(body)


def tensor_types(inputs: Mapping[str, np.ndarray]) -> list[Any]:
    """Return the converter's description of inputs like these arrays."""
    ct = import_coremltools()
    return [ct.TensorType(name, shape=array.shape, dtype=array.dtype.type) for name, array in inputs.items()]


def built(folder: Path, program: Any, target: str = "iOS18", **options: Any) -> Package:
    """Convert a module or a builder's program (float32 unless said otherwise), save it under a new name, load it."""
    ct = import_coremltools()
    with suppressed_output():
        model = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=getattr(ct.target, target),
            skip_model_load=True,
            **({"compute_precision": ct.precision.FLOAT32} | options),
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir()))}.mlpackage"
    model.save(str(path))
    return Package.load(path)


def converted(model: nn.Module, target: str, precision: str) -> Any:
    """Return coremltools' model object of a torch model with input ``imu`` (1, 40, 6)."""
    ct = import_coremltools()
    return ct.convert(
        exported(model, torch.zeros(1, 40, 6)),
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, target),
        inputs=[ct.TensorType("imu", shape=(1, 40, 6), dtype=np.float32)],
        outputs=[ct.TensorType("pose", dtype=np.float32), ct.TensorType("label", dtype=np.float32)],
        compute_precision=getattr(ct.precision, precision),
        skip_model_load=True,
    )


def blob(arrays: list[tuple[int, np.ndarray]]) -> tuple[bytes, list[int]]:
    """Return a weight file and the offset of each record."""
    data, offsets = bytearray(struct.pack("<II56x", len(arrays), 2)), []
    for code, array in arrays:
        offsets.append(len(data))
        raw = array.tobytes()
        data += struct.pack("<IIQQQ32x", 0xDEADBEEF, DTYPE_CODES[code], len(raw), len(data) + 64, 0) + raw
        data += bytes(-len(data) % 64)
    return bytes(data), offsets


def set_type(message: Any, code: int, shape: tuple[int, ...]) -> None:
    message.tensorType.dataType, message.tensorType.rank = code, len(shape)
    for size in shape:
        message.tensorType.dimensions.add().constant.size = size


def add_operation(block: Any, op_type: str, name: str, code: int, shape: tuple[int, ...], **inputs: str) -> Any:
    operation = block.operations.add(type=op_type)
    for parameter, source in inputs.items():
        operation.inputs[parameter].arguments.add().name = source
    output = operation.outputs.add(name=name)
    set_type(output.type, code, shape)
    return operation


def add_stored(block: Any, name: str, code: int, shape: tuple[int, ...], offset: int) -> None:
    value = add_operation(block, "const", name, code, shape).attributes["val"]
    set_type(value.type, code, shape)
    value.blobFileValue.fileName, value.blobFileValue.offset = "@model_path/weights/weight.bin", offset


def linear_model(weight: np.ndarray, bias: np.ndarray) -> tuple[Any, bytes]:
    """Return (model message, weight file) of ``y = relu(linear(x))``, weights in half precision, all else single."""
    model = message_module("Model_pb2").Model(specificationVersion=8)
    data, offsets = blob([(FLOAT32, weight), (FLOAT32, bias)])
    for kind, name, size in (("input", "x", weight.shape[1]), ("output", "y", weight.shape[0])):
        feature = getattr(model.description, kind).add(name=name)
        feature.type.multiArrayType.shape.extend([1, size])
        feature.type.multiArrayType.dataType = 65568
    function = model.mlProgram.functions["main"]
    function.opset = "CoreML7"
    set_type(function.inputs.add(name="x").type, FLOAT32, (1, weight.shape[1]))
    block = function.block_specializations["CoreML7"]
    add_stored(block, "weight", FLOAT32, weight.shape, offsets[0])
    add_stored(block, "bias", FLOAT32, bias.shape, offsets[1])
    add_operation(block, "linear", "z", FLOAT32, (1, weight.shape[0]), x="x", weight="weight", bias="bias")
    add_operation(block, "relu", "y", FLOAT32, (1, weight.shape[0]), x="z")
    block.outputs.append("y")
    return model, data


def write_package(folder: Path, model: Any, weights: bytes) -> Path:
    """Write a package by hand."""
    inner = folder / "Data" / "com.apple.CoreML"
    (inner / "weights").mkdir(parents=True)
    (inner / "model.mlmodel").write_bytes(model.SerializeToString(deterministic=True))
    (inner / "weights" / "weight.bin").write_bytes(weights)
    entries = {"A": {"path": "com.apple.CoreML/model.mlmodel"}, "B": {"path": "com.apple.CoreML/weights"}}
    manifest = {"fileFormatVersion": "1.0.0", "itemInfoEntries": entries, "rootModelIdentifier": "A"}
    (folder / "Manifest.json").write_text(json.dumps(manifest))
    return folder


def main_block(model: Any) -> Any:
    """Return the block of the ``main`` function."""
    return model.mlProgram.functions["main"].block_specializations["CoreML7"]


def package_bytes(folder: Path) -> dict[str, bytes]:
    """Return every file of a package."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
