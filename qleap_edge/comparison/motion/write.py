"""The benchmark as a folder: ``motion.json``, a time line for each wrist, the body at the bottom of each squat."""

from pathlib import Path

from qleap_edge.comparison.motion.plots import draw_all
from qleap_edge.comparison.motion.run import MotionResult
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.records import write_atomically

DOCUMENT_NAME = "motion.json"
STAGE = "benchmark_motion"


def check_out(out: Path) -> None:
    """Refuse a folder whose replacement would destroy something that is no result of this benchmark.

    Raises:
        UsageError: it holds something else.
    """
    require_replaceable(out, stage_folder(STAGE))


def write_motion(result: MotionResult, out: Path, inputs: dict[str, Path]) -> None:
    """Write a finished benchmark; equal inputs give equal bytes.

    Args:
        result: the benchmark.
        out: folder to make; an earlier result is replaced.
        inputs: what it stands on, by name: the trial and the model.

    Raises:
        UsageError: ``out`` holds something else.
        InputDataError: the disk is full.
    """
    check_out(out)
    images = draw_all(result)
    with new_folder(out, stage_folder(STAGE)) as building:
        result.document.write(building / DOCUMENT_NAME)
        for name, data in images.items():
            write_atomically(building / name, data)
        config = {"draws": result.document.draws, "sensor": result.document.sensor}
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config=config, seed=result.document.seed)
