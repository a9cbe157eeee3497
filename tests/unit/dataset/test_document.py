"""The document of a dataset comes back as it was written, and a shard's summary counts its sequences."""

from dataclasses import replace

from qleap_edge.dataset.document import DatasetDocument, ShardSummary, read_dataset
from tests.support.sequences import make_dataset, make_sequence


def test_a_summary_counts_by_what_a_sequence_is(tmp_path):
    document = make_dataset(tmp_path / "set")
    squat, mixed, idle = make_sequence(0), make_sequence(4, "transition"), make_sequence(2, "idle", load_kg=0.0)
    assert squat.rubric is not None
    squat = replace(squat, rubric=replace(squat.rubric, score=3), load_kg=0.5, posture="bar")
    summary = ShardSummary.of(document.shards[0], [squat, mixed, idle], {"idle/balance": 2})
    assert summary.exercises == {"squat": 1, "transition": 1, "idle": 1}
    assert sum(summary.form_scores.values()) == 2 and summary.form_scores["3"] >= 1
    assert sum(summary.postures.values()) == 3 == sum(summary.regimes.values())
    assert summary.loads["loaded"] + summary.loads["unloaded"] == 3 and summary.loads["unloaded"] >= 1
    assert summary.rejected == {"idle/balance": 2}
    assert ShardSummary.model_validate_json(summary.model_dump_json()) == summary


def test_the_document_comes_back_with_what_made_it(tmp_path):
    document = make_dataset(tmp_path / "set")
    again = read_dataset(tmp_path / "set")
    assert again == document and isinstance(again, DatasetDocument)
    assert again.schema_version == 3
    assert again.randomization.preset == "release"
    assert again.randomization.overrides == {"toe_out_deg": {"high": 35.0}}
    assert sum(again.exercises.values()) == again.sequences == 16
    assert again.exercises["transition"] == 6
