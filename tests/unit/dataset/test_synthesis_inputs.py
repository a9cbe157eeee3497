"""What decides the bytes of a dataset: the files, and the configuration without the places of the motion folders."""

from pathlib import Path

from qleap_edge.core.recipe import load_recipe
from qleap_edge.dataset.synthesis_inputs import captured_persons, settled, synthesis_files


def test_a_recipe_without_captured_motion_depends_on_the_sensor_alone() -> None:
    table = load_recipe("release").synthesis
    assert set(synthesis_files(table)) == {"sensor"}
    assert captured_persons(table) == {}


def test_captured_persons_are_inputs_and_their_folder_is_no_part_of_the_configuration() -> None:
    table = load_recipe("pretraining").synthesis
    persons = captured_persons(table)
    assert persons and {f"motion/{name}" for name in persons} | {"sensor"} == set(synthesis_files(table))
    elsewhere = table.model_copy(update={"motion": (str(Path("somewhere")),)})
    assert settled(elsewhere) == settled(table)
    left_out = table.model_copy(update={"motion_persons_left_out": (next(iter(persons)),)})
    assert len(captured_persons(left_out)) == len(persons) - 1
    assert settled(left_out) != settled(table)
