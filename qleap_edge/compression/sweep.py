"""The compression stage: make every variant of a saved package, score each on test windows, choose the one that ships."""

import shutil
from pathlib import Path

from qleap_edge.compression.document import (
    PLOT_NAME,
    REPORT_NAME,
    SWEEP_NAME,
    SweepDocument,
    package_path,
)
from qleap_edge.compression.plot import draw_pareto
from qleap_edge.compression.rounds import OnTask, Sweep
from qleap_edge.compression.schemes import NEEDS_WINDOWS, SCHEMES
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME
from qleap_edge.compression.tasks import (
    RunContext,
)
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.core.contract import CONTRACT_NAME, PACKAGE_NAME
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import digest_of, new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import CompressionTable
from qleap_edge.dataset.executors.choose import choose_executor

STAGE = "compress"


def compress(
    conversion: Path,
    data: Path | None,
    out: Path,
    table: CompressionTable,
    seed: int,
    *,
    workers: int = 1,
    on_task: OnTask | None = None,
) -> SweepDocument:
    """Make, score and choose.

    The folder gets every variant, ``sweep.json``, its report and its plot, and the outputs of the chosen variant.

    Args:
        conversion: the stage folder with the half-precision package, and the one for newer systems.
        data: the dataset; without one nothing is scored or chosen, and what needs training windows is not made.
        out: folder to make.
        table: which variants, on which windows they are scored, and the budget.
        seed: recorded.
        workers: processes; the results do not depend on their number.
        on_task: called with (tasks done, all tasks).

    Raises:
        InputDataError: the conversion stage or the dataset is missing or damaged.
        UsageError: a variant needs a dataset or a package that is not there; or ``out`` holds something else than an earlier
            sweep.
    """
    require_replaceable(out, stage_folder(STAGE))
    source = conversion / PACKAGE_NAME
    digest_of(source)  # a missing package is refused here, by name
    _require_sources(conversion, data, table)
    with new_folder(out, stage_folder(STAGE)) as folder:
        sweep = Sweep(RunContext(conversion, data, folder, table), choose_executor("local", workers), on_task)
        document = sweep.run()
        document.write(folder / SWEEP_NAME)
        shipped = source if document.chosen is None else package_path(folder, document.chosen)
        document.report(digest_of(shipped)).write(folder / REPORT_NAME)
        if data is not None:
            (folder / PLOT_NAME).write_bytes(draw_pareto(document))
            sweep.write_outputs(folder / OUTPUTS_NAME, document, data)
        if (conversion / CONTRACT_NAME).is_file():
            shutil.copyfile(conversion / CONTRACT_NAME, folder / CONTRACT_NAME)
        inputs = {"conversion": conversion} | ({} if data is None else {"dataset": data})
        write_stage_manifest(folder, stage=STAGE, inputs=inputs, config=table, seed=seed)
    return document


def _require_sources(conversion: Path, data: Path | None, table: CompressionTable) -> None:
    """Refuse variants that cannot be made before anything is begun."""
    needy = [v for v in table.variants if v in NEEDS_WINDOWS]
    if data is None and needy:
        raise UsageError(
            f"{' and '.join(needy)} must see training windows",
            expected="a dataset",
            next_step="give --data, or leave them out",
        )
    newer = [v for v in table.variants if SCHEMES[v].newer]
    if newer and not (conversion / NEWER_FOLDER / PACKAGE_NAME).is_dir():
        raise InputDataError(
            f"{', '.join(newer)} can only be made from a package for newer systems",
            where=conversion / NEWER_FOLDER / PACKAGE_NAME,
            expected="a package made by `qleap convert`",
            got="no such package",
            next_step="give the conversion's folder, or leave these variants out",
        )
