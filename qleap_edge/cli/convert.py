"""``qleap convert``: a checkpoint as a saved Core ML package and as an ONNX file."""

from typing import Annotated

import typer

from qleap_edge.cli.options import CheckpointOption, JsonFlag, OutOption
from qleap_edge.cli.output import print_json, print_table


def convert(
    checkpoint: CheckpointOption,
    out: OutOption,
    seed: Annotated[int, typer.Option(help="Recorded in the manifest.")] = 0,
    json: JsonFlag = False,
) -> None:
    """Convert a checkpoint to a saved fp16 .mlpackage and an ONNX file."""
    from qleap_edge.conversion.coreml import convert as run
    from qleap_edge.core.contract import PACKAGE_NAME
    from qleap_edge.core.manifest import digest_of
    from qleap_edge.core.recipe import ConversionTable

    contract = run(checkpoint, out, ConversionTable(), seed)
    if json:
        print_json(contract)
        return
    print_table(
        f"{out / PACKAGE_NAME}  sha256 {digest_of(out / PACKAGE_NAME)[:16]}…",
        ("tensor", "shape", "unit", "meaning"),
        ((t.name, "×".join(map(str, t.shape)), t.unit, t.description) for t in (*contract.inputs, *contract.outputs)),
    )
