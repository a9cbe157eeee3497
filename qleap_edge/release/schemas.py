"""JSON Schemas of every document that other programs read, generated from the models that write them."""

from pathlib import Path

from qleap_edge.alignment.report import InspectionReport
from qleap_edge.analysis.drift_over_sessions import WearerDrift
from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.analysis.watch_reference import WatchReference
from qleap_edge.bundle.analysis_parameters import AnalysisParameters
from qleap_edge.bundle.manifest import BundleManifest, PayloadManifest
from qleap_edge.bundle.signing import SignatureDocument
from qleap_edge.comparison.dip.document import DipBenchmark
from qleap_edge.comparison.watch.document import WatchBenchmark
from qleap_edge.compression.document import SweepDocument
from qleap_edge.core.contract import ContractDocument
from qleap_edge.core.records import Document, canonical_json
from qleap_edge.core.skeleton import SkeletonDocument
from qleap_edge.dataset.motion_folder import MotionDocument
from qleap_edge.gates.decide import GateReport
from qleap_edge.latency.record import LatencyRecord
from qleap_edge.latency.report import LatencyReport
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.mil.tools.drift import DriftDocument
from qleap_edge.mil.tools.inspect import ProgramSummary
from qleap_edge.mil.tools.run_summary import RunDocument
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.device_placement.lint import PlacementDocument
from qleap_edge.verification.golden import GoldenDocument
from qleap_edge.verification.package_parity import LadderDocument
from qleap_edge.verification.self_test import SelfTestDocument

_FOR_APPS = "ios_sdk_assets/schema"
_FOR_CALIBRATION = "calibration/schema"

SCHEMAS: dict[str, type[Document]] = {
    f"{_FOR_APPS}/contract.schema.json": ContractDocument,
    f"{_FOR_APPS}/skeleton.schema.json": SkeletonDocument,
    f"{_FOR_APPS}/golden.schema.json": GoldenDocument,
    f"{_FOR_APPS}/self_test.schema.json": SelfTestDocument,
    f"{_FOR_APPS}/analysis_parameters.schema.json": AnalysisParameters,
    f"{_FOR_APPS}/payload.schema.json": PayloadManifest,
    f"{_FOR_APPS}/bundle.schema.json": BundleManifest,
    f"{_FOR_APPS}/signature.schema.json": SignatureDocument,
    f"{_FOR_APPS}/measurements.schema.json": MeasurementReport,
    f"{_FOR_APPS}/gate_report.schema.json": GateReport,
    f"{_FOR_APPS}/compression.schema.json": SweepDocument,
    f"{_FOR_APPS}/mil_summary.schema.json": ProgramSummary,
    f"{_FOR_APPS}/mil_drift.schema.json": DriftDocument,
    f"{_FOR_APPS}/mil_run.schema.json": RunDocument,
    f"{_FOR_APPS}/parity_ladder.schema.json": LadderDocument,
    f"{_FOR_APPS}/placement.schema.json": PlacementDocument,
    f"{_FOR_APPS}/latency.schema.json": LatencyRecord,
    f"{_FOR_APPS}/latency_report.schema.json": LatencyReport,
    f"{_FOR_APPS}/session.schema.json": SessionReport,
    f"{_FOR_APPS}/watch_inspection.schema.json": InspectionReport,
    f"{_FOR_APPS}/watch_reference.schema.json": WatchReference,
    f"{_FOR_APPS}/wearer_drift.schema.json": WearerDrift,
    f"{_FOR_APPS}/watch_benchmark.schema.json": WatchBenchmark,
    f"{_FOR_APPS}/dip_benchmark.schema.json": DipBenchmark,
    f"{_FOR_CALIBRATION}/profile.schema.json": ProfileDocument,
    f"{_FOR_CALIBRATION}/motion.schema.json": MotionDocument,
}


def schema_text(document: type[Document]) -> str:
    """Return the JSON Schema of a document as canonical text."""
    return canonical_json(document.model_json_schema(by_alias=True, mode="serialization"))


def write_schemas(root: Path) -> None:
    """Write every schema below a checkout's root."""
    for relative, document in SCHEMAS.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema_text(document), encoding="utf-8")
