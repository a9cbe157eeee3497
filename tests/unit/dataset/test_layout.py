"""The table of a shard's datasets agrees with the names that other modules read frames by."""

from qleap_edge.dataset.layout import COLUMNS, FRAMES, LAYOUT


def test_the_frame_datasets_are_the_rows_of_the_table_that_say_so():
    assert tuple(name for name, entry in LAYOUT.items() if entry.rows == "frames") == FRAMES
    assert all(name.startswith("sequences/") for name in COLUMNS)
