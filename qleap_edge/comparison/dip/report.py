"""The folder of the DIP-IMU benchmark: ``dip.json`` and its manifest."""

from pathlib import Path

from qleap_edge.comparison.dip.document import DipBenchmark
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable

DOCUMENT_NAME = "dip.json"
STAGE = "benchmark_dip"


def check_out(out: Path) -> None:
    """Refuse a folder whose replacement would destroy anything but a result of this benchmark.

    Raises:
        UsageError: ``out`` holds something else.
    """
    require_replaceable(out, stage_folder(STAGE))


def write_dip(found: DipBenchmark, out: Path, inputs: dict[str, Path]) -> None:
    """Write a finished benchmark; equal inputs give equal bytes.

    Args:
        found: the benchmark.
        out: folder to make; an earlier result in it is replaced.
        inputs: name → path of each recording and of the model.

    Raises:
        UsageError: ``out`` holds something else.
        InputDataError: the disk is full.
    """
    check_out(out)
    with new_folder(out, stage_folder(STAGE)) as building:
        found.write(building / DOCUMENT_NAME)
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config={"gaps": found.protocol.gaps}, seed=0)
