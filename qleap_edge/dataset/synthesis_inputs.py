"""What decides the bytes of a dataset beside the seed and the code: its files and its settled configuration."""

from pathlib import Path

from qleap_edge.core.recipe_synthesis import SynthesisTable
from qleap_edge.dataset.motion_folder import motion_folders, person_documents
from qleap_edge.physics.sensor_file import sensor_path


def synthesis_files(table: SynthesisTable) -> dict[str, Path]:
    """Return the files that a dataset is made from, by name: ``sensor``, and ``motion/<person>`` for each captured person.

    Raises:
        UsageError: there is no such sensor.
        InputDataError: a folder of captured motion is missing or wrong.
    """
    persons = captured_persons(table)
    return {"sensor": sensor_path(table.sensor)} | {f"motion/{name}": path for name, path in persons.items()}


def captured_persons(table: SynthesisTable) -> dict[str, Path]:
    """Return the documents of the captured persons by name, none if nothing of theirs is wanted.

    Raises:
        InputDataError: a folder of captured motion is missing or wrong.
    """
    if not table.captured_share:
        return {}
    return person_documents(motion_folders(table.motion), table.motion_persons_left_out)


def settled(table: SynthesisTable) -> SynthesisTable:
    """Return the configuration that counts: what the motion is decides the bytes, not where its folders lie."""
    return table.model_copy(update={"motion": ()})
