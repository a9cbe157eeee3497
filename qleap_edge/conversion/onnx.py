"""The ONNX twin: an independent implementation for the parity ladder, and a model for platforms without Core ML."""

import logging
from pathlib import Path

import onnx
import torch
from torch import nn

from qleap_edge.conversion.libraries import suppressed_output
from qleap_edge.core.contract import INPUTS, OUTPUTS
from qleap_edge.core.records import write_atomically

OPSET = 18


def write_onnx(model: nn.Module, path: Path) -> None:
    """Export the network to ONNX with the contract's names; the file is checked by the onnx checker.

    Equal networks give equal bytes: names and structure follow the export, and protobuf maps are serialised in order.
    """
    example = torch.zeros(INPUTS[0].shape)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with suppressed_output():
        program = torch.onnx.export(
            model.eval(),
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[spec.name for spec in INPUTS],
            output_names=[spec.name for spec in OUTPUTS],
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    proto = program.model_proto
    _drop_debug_metadata(proto)
    onnx.checker.check_model(proto)
    write_atomically(path, proto.SerializeToString(deterministic=True))


def _drop_debug_metadata(proto: onnx.ModelProto) -> None:
    """Remove stack traces and export diagnostics: they hold paths of the machine that built the file."""
    del proto.metadata_props[:]
    del proto.graph.metadata_props[:]
    for value in [*proto.graph.input, *proto.graph.output, *proto.graph.value_info]:
        del value.metadata_props[:]
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for tensor in proto.graph.initializer:
        del tensor.metadata_props[:]
