"""Summarise the measured sequences in the document of the report."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.exercises import CONTENTS, FORM_SCORES, FORM_UNSCORED, REGIMES
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.manifest import sha256_bytes
from qleap_edge.dataset.report.checks import check_rows
from qleap_edge.dataset.report.document import (
    AngleRow,
    BandRow,
    CountRow,
    DatasetReport,
    GravityRow,
    GroundRow,
    MotionRow,
    RestRow,
    ScoreRow,
    ShareRow,
    SpectrumRow,
    Spread,
)
from qleap_edge.dataset.report.figures import energy_frequencies
from qleap_edge.dataset.report.literature import ENERGY_SHARES, SIGNAL_UNIT, SIGNALS, SQUAT_BANDS, WATCH_FACTS
from qleap_edge.dataset.report.measures import ANGLE_COLUMNS, Gathered
from qleap_edge.dataset.report.real import RealSquats, real_part, real_spectra

_MM = 1000.0
_NOTES = (
    "Angles are those of the 17 joints, on the larger side; hip flexion is between trunk and thigh and includes the spine's.",
    "The ground force is relative to the weight of body and load; the real person has no force plate, and no foot slide.",
    "A spectrum is that of a whole sequence at 50 Hz and ends at 22 Hz; the watch was measured at 100 and 200 Hz.",
    "The direction of gravity by posture is that of the first 0.24 s; right arms are mirrored into left ones.",
    "The pelvis drop of a repetition is relative to the ankles: a stored pose has the pelvis as its origin.",
)


def summarize(gathered: Gathered, real: RealSquats | None) -> DatasetReport:
    """Return the report of a dataset, beside a real person's squats if there are any."""
    document = gathered.document
    present = [name for name in CONTENTS if gathered.where(name).any()]
    scores, ground, rest = _scores(gathered), _ground(gathered, present), _rest(gathered, present)
    return DatasetReport(
        dataset_sha256=sha256_bytes(document.to_json().encode()),
        seed=document.seed,
        sequences=document.sequences,
        subjects=sum(len(ids) for ids in document.splits.values()),
        minutes=document.samples / document.rate_hz / 60.0,
        rejected=document.rejected,
        counts=_counts(gathered, present),
        scores=scores,
        postures=_shares(gathered, present, gathered.sequences["posture"]),
        wear=_shares(gathered, present, _wear_names(gathered)),
        angles=_angles(gathered, present, real),
        motion=_motion(gathered, present),
        ground=ground,
        rest=rest,
        gravity=_gravity(gathered),
        spectra=_spectra(gathered, present, real),
        checks=check_rows(gathered, scores, ground, rest),
        real=None if real is None else real_part(gathered, real),
        notes=_NOTES,
    )


def _counts(gathered: Gathered, present: Sequence[str]) -> tuple[CountRow, ...]:
    rows = []
    for content in present:
        for regime in REGIMES:
            chosen = gathered.where(content, regime)
            if chosen.any():
                rows.append(
                    CountRow(
                        content=content,
                        regime=regime,
                        sequences=int(chosen.sum()),
                        minutes=float(gathered.sequences["frames"][chosen].sum()) / MODEL_RATE_HZ / 60.0,
                        loaded=int((gathered.sequences["load_kg"][chosen] > 0.0).sum()),
                    )
                )
    return tuple(rows)


def _scores(gathered: Gathered) -> tuple[ScoreRow, ...]:
    form = gathered.sequences["form"]
    scored = int((form != FORM_UNSCORED).sum())
    counts = {score: int((form == score).sum()) for score in FORM_SCORES}
    return tuple(
        ScoreRow(score=score, sequences=count, share=count / scored if scored else 0.0)
        for score, count in counts.items()
    )


def _shares(gathered: Gathered, present: Sequence[str], names: np.ndarray) -> tuple[ShareRow, ...]:
    return tuple(
        ShareRow(content=content, name=str(name), sequences=int(count))
        for content in present
        for name, count in zip(*np.unique(names[gathered.where(content)], return_counts=True), strict=True)
    )


def _wear_names(gathered: Gathered) -> np.ndarray:
    pairs = zip(gathered.sequences["wrist"], gathered.sequences["crown"], strict=True)
    return np.array([f"{wrist} wrist, crown {crown}" for wrist, crown in pairs])


def _angles(gathered: Gathered, present: Sequence[str], real: RealSquats | None) -> tuple[AngleRow, ...]:
    rows = []
    for content in present:
        largest = gathered.sequences["angles"][gathered.where(content)]
        for index, name in enumerate(ANGLE_COLUMNS):
            values, squat = largest[:, index], content == "squat"
            band = SQUAT_BANDS.get(name) if squat else None
            measured = squat and real is not None and index < len(real.angles)
            rows.append(
                AngleRow(
                    content=content,
                    angle=name,
                    spread=Spread.of(values),
                    literature=None if band is None else BandRow(low=band.low, high=band.high, source=band.source),
                    literature_share=None
                    if band is None
                    else float(np.mean((values >= band.low) & (values <= band.high))),
                    real=float(real.angles[index]) if real is not None and measured else None,
                )
            )
    return tuple(rows)


def _motion(gathered: Gathered, present: Sequence[str]) -> tuple[MotionRow, ...]:
    def of(name: str, chosen: Bool[np.ndarray, " sequences"]) -> Spread:
        return Spread.of(gathered.sequences[name][chosen].astype(np.float64))

    moving = gathered.sequences["repetitions"] > 0
    return tuple(
        MotionRow(content=content, **{name: of(name, chosen) for name in MotionRow.model_fields if name != "content"})
        for content in present
        if (chosen := gathered.where(content) & moving).any()
    )


def _ground(gathered: Gathered, present: Sequence[str]) -> tuple[GroundRow, ...]:
    rows, columns = [], gathered.sequences
    for content in present:
        for regime in REGIMES:
            chosen = gathered.where(content, regime)
            if not chosen.any():
                continue
            frames, standing = columns["frames"][chosen], int(columns["margin_frames"][chosen].sum())
            slide = columns["slide_m"][chosen] * _MM
            rows.append(
                GroundRow(
                    content=content,
                    regime=regime,
                    frames=int(frames.sum()),
                    force_mean=float(np.average(columns["force_mean"][chosen], weights=frames)),
                    force_least=float(columns["force_least"][chosen].min()),
                    force_most=float(columns["force_most"][chosen].max()),
                    force_pushing_share=float(columns["force_pushing"][chosen].sum() / frames.sum()),
                    pressure_inside_share=float(columns["margin_inside"][chosen].sum() / standing)
                    if standing
                    else None,
                    slide_median_mm=float(np.median(slide)),
                    slide_95_mm=float(np.percentile(slide, 95.0)),
                    slide_most_mm=float(slide.max()),
                )
            )
    return tuple(rows)


def _rest(gathered: Gathered, present: Sequence[str]) -> tuple[RestRow, ...]:
    found = [(content, Spread.of(gathered.sequences["rest_norm"][gathered.where(content)])) for content in present]
    return tuple(RestRow(content=content, norm=norm) for content, norm in found if norm.count)


def _gravity(gathered: Gathered) -> tuple[GravityRow, ...]:
    rows, single = [], ~gathered.where("transition")  # a transition has several postures
    for posture in np.unique(gathered.sequences["posture"]):
        force = gathered.sequences["rest_force"][single & (gathered.sequences["posture"] == posture)]
        force = force[np.isfinite(force).all(axis=1)]
        if len(force) == 0:
            continue
        mean = force.mean(axis=0) / np.linalg.norm(force.mean(axis=0))
        cosine = force @ mean / np.linalg.norm(force, axis=1)
        rows.append(
            GravityRow(
                posture=str(posture),
                sequences=len(force),
                **{axis: Spread.of(values) for axis, values in zip("xyz", force.T, strict=True)},
                mean=(float(mean[0]), float(mean[1]), float(mean[2])),
                apart_deg=float(np.degrees(np.median(np.arccos(np.clip(cosine, -1.0, 1.0))))),
            )
        )
    return tuple(rows)


def _spectra(gathered: Gathered, present: Sequence[str], real: RealSquats | None) -> tuple[SpectrumRow, ...]:
    groups: list[tuple[str, np.ndarray]] = [(content, gathered.where(content)) for content in present]
    squats = gathered.where("squat")
    for posture in np.unique(gathered.sequences["posture"][squats]):
        groups.append((f"squat, {posture}", squats & (gathered.sequences["posture"] == posture)))
    rows = [row for name, chosen in groups for row in _spectrum_rows(gathered, name, chosen)]
    rows += [
        SpectrumRow(
            source="watch",
            of=content,
            signal=signal,
            unit=SIGNAL_UNIT[signal],
            below_hz={str(share): value for share, value in fact.below_hz.items()},
            rms=fact.rms,
            sequences=0,
        )
        for content, facts in WATCH_FACTS.items()
        if content in present
        for signal, fact in facts.items()
    ]
    return (*rows, *(() if real is None else real_spectra(real)))


def _spectrum_rows(gathered: Gathered, name: str, chosen: Bool[np.ndarray, " sequences"]) -> list[SpectrumRow]:
    rows = []
    for index, signal in enumerate(SIGNALS):
        densities: Float[np.ndarray, "chosen frequencies"] = gathered.sequences["spectra"][chosen][:, index]
        below = np.array([energy_frequencies(density.astype(np.float64)) for density in densities])
        rows.append(
            SpectrumRow(
                source="synthetic",
                of=name,
                signal=signal,
                unit=SIGNAL_UNIT[signal],
                below_hz={
                    str(share): Spread.of(values).median for share, values in zip(ENERGY_SHARES, below.T, strict=True)
                },
                rms=float(np.median(gathered.sequences["rms"][chosen][:, index])),
                sequences=int(chosen.sum()),
            )
        )
    return rows
