"""The ONNX twin has the contract's inputs and outputs, in one file."""

import onnx

from qleap_edge.conversion.onnx import OPSET
from qleap_edge.core.contract import CONTRACT_NAME, ONNX_NAME, ContractDocument
from qleap_edge.core.records import read_document
from tests.support.micro import Micro


def test_the_twin_has_the_inputs_and_outputs_of_the_contract(micro: Micro) -> None:
    conversion = micro.stages["convert"]
    model = onnx.load(conversion / ONNX_NAME)
    contract = read_document(ContractDocument, conversion / CONTRACT_NAME)
    for values, said in ((model.graph.input, contract.inputs), (model.graph.output, contract.outputs)):
        assert [value.name for value in values] == [item.name for item in said]
        for value, item in zip(values, said, strict=True):
            assert tuple(size.dim_value for size in value.type.tensor_type.shape.dim) == item.shape
            assert value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert model.opset_import[0].version == OPSET == 18
    assert not any(tensor.external_data for tensor in model.graph.initializer), "one file, no weights beside it"
