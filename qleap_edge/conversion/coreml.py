"""Convert a checkpoint to a saved float16 ML Program (iOS 17 / watchOS 10) and its ONNX twin."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qleap_edge import __version__
from qleap_edge.conversion.canonical import conversion_config, write_canonical
from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.contract import (
    CONTRACT_NAME,
    INPUTS,
    ONNX_NAME,
    OUTPUTS,
    PACKAGE_NAME,
    ContractDocument,
    contract_document,
)
from qleap_edge.core.manifest import new_folder, sha256_bytes, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import ConversionTable, DeploymentTarget
from qleap_edge.training.checkpoint import load_hdt

NEWER_TARGET: DeploymentTarget = "iOS18"
"""Deployment target of variants that only newer systems read: packed 4-bit weights, scales of blocks, palettes of groups."""
NEWER_FOLDER = NEWER_TARGET
"""Folder inside the conversion's with the same network for the newer target; only smaller variants made from it ship."""
STAGE = "convert"


def convert(checkpoint: Path, out: Path, table: ConversionTable, seed: int) -> ContractDocument:
    """Convert a checkpoint folder into a stage folder with the package, one for newer systems, the ONNX twin and the contract.

    Raises:
        UsageError: ``out`` holds something else than an earlier conversion.
        InputDataError: the checkpoint is missing, altered or of another version.
    """
    require_replaceable(out, stage_folder(STAGE))
    model, card = load_hdt(checkpoint)
    contract = contract_document(__version__, frozenset(card.trained_exercises))
    with new_folder(out, stage_folder(STAGE)) as folder:
        program = exported_program(model)
        write_canonical(to_ml_program(program, contract, table.deployment_target), folder / PACKAGE_NAME)
        (folder / NEWER_FOLDER).mkdir()
        write_canonical(to_ml_program(program, contract, NEWER_TARGET), folder / NEWER_FOLDER / PACKAGE_NAME)
        write_onnx(model, folder / ONNX_NAME)
        contract.write(folder / CONTRACT_NAME)
        write_stage_manifest(
            folder, stage=STAGE, inputs={"checkpoint": checkpoint}, config=conversion_config(table), seed=seed
        )
    return contract


def exported_program(model: nn.Module) -> torch.export.ExportedProgram:
    """Return the network's graph as the converter gets it, for one window."""
    example = torch.zeros(INPUTS[0].shape)
    with suppressed_output():
        # The empty table keeps linear and layer_norm as one operation each; the default one splits them into dozens.
        return torch.export.export(model.eval(), (example,)).run_decompositions({})


def to_ml_program(program: torch.export.ExportedProgram, contract: ContractDocument, target: DeploymentTarget) -> Any:
    """Convert a network's graph; returns a coremltools ``MLModel`` that has not been loaded."""
    ct = import_coremltools()
    with suppressed_output():
        converted = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=getattr(ct.target, target),
            # Inputs and outputs are float32: Swift's Float16 does not exist on every Mac.
            inputs=[ct.TensorType(spec.name, shape=spec.shape, dtype=np.float32) for spec in INPUTS],
            outputs=[ct.TensorType(spec.name, dtype=np.float32) for spec in OUTPUTS],
            compute_precision=ct.precision.FLOAT16,
            skip_model_load=True,
        )
    converted.author = "QuantumLeap"
    converted.license = "Apache-2.0"
    converted.version = contract.model_version
    converted.short_description = (
        "3-D body pose with calibrated uncertainty, exercise and squat form from one wrist IMU (200 samples at 50 Hz)."
    )
    for spec in INPUTS:
        converted.input_description[spec.name] = f"{spec.description} Unit: {spec.unit}."
    for spec in OUTPUTS:
        converted.output_description[spec.name] = f"{spec.description} Unit: {spec.unit}."
    converted.user_defined_metadata["contract_sha256"] = sha256_bytes(contract.to_json().encode())
    converted.user_defined_metadata["rate_hz"] = f"{contract.rate_hz:g}"
    converted.user_defined_metadata["exercises"] = ",".join(item.name for item in contract.exercises)
    converted.user_defined_metadata["exercises_trained"] = ",".join(i.name for i in contract.exercises if i.trained)
    return converted
