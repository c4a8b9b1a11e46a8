from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS, Preset
from live_emotion.models.sizes import RfamSizes, SequenceSizes
from live_emotion.runtime.weights import find_branch
from live_emotion.runtime.weights_files import load_state
from live_emotion.training import rarity, vision, vision_encoder, vision_sequence
from live_emotion.training.calibration import fit_platt
from live_emotion.training.metrics import NO_LABEL, six_way
from live_emotion.training.options import TrainOptions
from live_emotion.training.vision_augment import augment, to_rgb
from live_emotion.training.vision_data import class_weights, hold_out, load_faces
from live_emotion.training.vision_encoder import batch_of, flat_then_line
from live_emotion.training.vision_nonfaces import non_faces
from live_emotion.training.vision_sequence import make_runs

COLUMNS = [
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
]
SMALL = Preset(
    name="small",
    vision=RfamSizes(widths=(8, 16), depths=(1, 1)),
    audio=PRESETS["live"].audio,
    text=PRESETS["live"].text,
    sequence=SequenceSizes(layers=1, feed_forward=64),
)


def write_faces(path: Path, n: int, seed: int = 0) -> None:
    """Faces that a network can tell apart: the width of its bands says the class."""
    random = np.random.default_rng(seed)
    kinds = random.integers(7, size=n)
    waves = np.array([0.5, 1, 2, 3.5, 6, 10, 16])[kinds, None] * np.arange(48) / 48
    bands = np.sin(2 * np.pi * (waves + random.uniform(size=(n, 1))))[:, :, None]
    rough = random.uniform(-30, 30, size=(n, 6, 6)).repeat(8, 1).repeat(8, 2)
    images = np.clip(128 + 70 * bands + rough, 0, 255).astype(np.uint8)
    votes = np.zeros((n, 10), dtype=np.uint8)
    votes[np.arange(n), kinds] = 8
    votes[np.arange(n), (kinds + 1) % 7] = 2
    older = np.array(["neutral"] * n)
    np.savez(
        path,
        images=images,
        votes=votes,
        vote_columns=np.array(COLUMNS),
        fer2013_label=older,
        near_dup_of_train=np.zeros(n, dtype=bool),
    )


def write_votes(path: Path, votes: list[list[int]], older: list[str], copies: list[bool]) -> None:
    images = np.random.default_rng(0).integers(0, 255, size=(len(votes), 48, 48)).astype(np.uint8)
    np.savez(
        path,
        images=images,
        votes=np.array(votes, dtype=np.uint8),
        vote_columns=np.array(COLUMNS),
        fer2013_label=np.array(older),
        near_dup_of_train=np.array(copies),
    )


def test_votes_become_targets_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "faces.npz"
    votes = [
        [0, 7, 3, 0, 0, 0, 0, 0, 0, 0],  # happy, surprised counts too
        [0, 5, 5, 0, 0, 0, 0, 0, 0, 0],  # tied
        [6, 0, 0, 4, 0, 0, 0, 0, 0, 0],  # neutral leads, sad counts
        [0, 0, 0, 0, 0, 2, 0, 0, 8, 0],  # unknown
        [0, 0, 0, 0, 6, 2, 2, 0, 0, 0],  # angry
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],  # no face
        [0, 0, 0, 0, 0, 0, 9, 1, 0, 0],  # fearful, a near copy
    ]
    older = ["happy", "happy", "sad", "disgust", "disgust", "happy", "fear"]
    write_votes(path, votes, older, [False] * 6 + [True])
    faces = load_faces(path, training=False)
    assert len(faces) == 7
    assert faces.labels.tolist() == [0, NO_LABEL, NO_LABEL, NO_LABEL, 2, NO_LABEL, NO_LABEL]
    assert faces.targets[0].tolist() == [1, 0, 0, 0, 0, 1]
    assert faces.targets[2].tolist() == [0, 1, 0, 0, 0, 0]
    assert faces.targets[6].tolist() == [0, 0, 0, 1, 0, 0]
    train = load_faces(path, training=True)
    assert len(train) == 5
    # Ten votes of ten are certain, none is nothing, and more votes are never less likely.
    assert train.soft[0, 0] > 0.99
    assert train.soft[0, 1] == 0
    assert 0.5 < train.soft[0, 5] < 0.8
    # The older label lifts disgust in training only; the targets that measure stay.
    angry = 3
    assert train.classes[angry, 5] > faces.classes[4, 5]
    assert train.targets[angry, 4] == 0
    # A class that a single annotator saw is left out where others saw more.
    fearful = 4
    assert faces.classes[6, 7] > 0
    assert train.classes[fearful, 7] == 0
    torch.testing.assert_close(train.classes.sum(1), torch.ones(5))


@pytest.mark.data
def test_the_validation_faces_have_1841_six_way_items(data_dir: Path) -> None:
    faces = load_faces(data_dir / "faces_valid.npz", training=False)
    assert len(faces) == 3579
    assert int((faces.labels != NO_LABEL).sum()) == 1841


def test_missing_or_foreign_files_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        load_faces(tmp_path / "faces_train.npz", training=True)
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(UserError, match="does not hold faces"):
        load_faces(tmp_path / "text.npz", training=True)
    np.savez(tmp_path / "other.npz", images=np.zeros((2, 3)))
    with pytest.raises(UserError, match="does not hold faces"):
        load_faces(tmp_path / "other.npz", training=True)


def test_the_held_out_fold_has_every_class_and_no_near_copy(tmp_path: Path) -> None:
    path = tmp_path / "faces_train.npz"
    write_faces(path, 200)
    with np.load(path) as held:
        parts = {k: held[k] for k in held}
    random = np.random.default_rng(1)
    parts["images"] = random.integers(0, 255, size=(200, 48, 48)).astype(np.uint8)
    parts["images"][100:] = parts["images"][:100] // 2 + 20
    np.savez(path, **parts)
    faces = load_faces(path, training=True)
    train, held_faces = hold_out(faces, 0.2, seed=0)
    assert len(train) + len(held_faces) == 200
    # Every face has a darker copy: a held-out one may stay only if its copy is held out too.
    small = held_faces.images.float().flatten(1)
    small = torch.nn.functional.normalize(small - small.mean(1, keepdim=True), dim=1)
    assert bool(((small @ small.T > 0.95).sum(1) == 2).all())
    again = hold_out(faces, 0.2, seed=0)[1]
    assert torch.equal(again.images, held_faces.images)


def test_rare_classes_weigh_more_but_not_without_bound(tmp_path: Path) -> None:
    rows = [[10, 0, 0, 0, 0, 0, 0, 0, 0, 0]] * 200 + [[0, 0, 0, 0, 0, 10, 0, 0, 0, 0]]
    write_votes(tmp_path / "f.npz", rows, ["neutral"] * 201, [False] * 201)
    weights = class_weights(load_faces(tmp_path / "f.npz", training=True))
    assert weights[0] == 1.0
    assert weights[5] == 2.5


def test_augmented_faces_are_rgb_in_range_and_differ() -> None:
    torch.manual_seed(0)
    ramp = torch.arange(48, dtype=torch.uint8)[None, :, None] * 5
    grey = ramp.expand(64, 48, 48).contiguous()
    out = augment(grey)
    assert out.shape == (64, 3, 48, 48)
    assert bool(torch.isfinite(out).all())
    assert 0.0 <= float(out.min()) <= float(out.max()) <= 1.0
    assert len({round(float(v), 5) for v in out.mean((1, 2, 3))}) > 50
    coloured = (out[:, 0] - out[:, 2]).abs().mean((1, 2)) > 0.01
    assert 0.2 < float(coloured.float().mean()) < 0.8
    assert torch.equal(to_rgb(grey)[:, 0], to_rgb(grey)[:, 2])
    assert torch.equal((to_rgb(grey)[:, 0] * 255).round().byte(), grey)


def test_many_augmented_faces_stay_as_sharp_as_they_were() -> None:
    torch.manual_seed(0)
    # A chessboard of single pixels survives no resampling.
    grey = ((torch.arange(48)[:, None] + torch.arange(48)) % 2 * 200).byte().expand(200, 48, 48)
    out = augment(grey.contiguous()).mean(1)[:, 12:36, 12:36]
    sharp = out.std((1, 2)) > 0.9 * (200 / 255 / 2)
    assert 0.25 < float(sharp.float().mean()) < 0.75


def test_non_faces_are_many_things() -> None:
    torch.manual_seed(0)
    pictures = non_faces(200).float()
    assert pictures.shape == (200, 48, 48)
    means, spreads = pictures.mean((1, 2)), pictures.std((1, 2))
    assert float(means.min()) < 40 and float(means.max()) > 215
    assert float(spreads.min()) < 3 and float(spreads.max()) > 60


def test_a_batch_ends_with_non_faces_without_emotion(tmp_path: Path) -> None:
    write_faces(tmp_path / "f.npz", 20)
    faces = load_faces(tmp_path / "f.npz", training=True)
    x, classes, soft = batch_of(faces, torch.arange(16), torch.device("cpu"))
    extra = vision_encoder.NON_FACES
    assert len(x) == len(classes) == len(soft) == 16 + extra
    assert bool((soft[-extra:] == 0).all())
    assert classes[-extra:].argmax(1).tolist() == [0] * extra
    torch.testing.assert_close(classes.sum(1), torch.ones(16 + extra))


def test_the_rate_is_full_then_falls_to_nothing() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    schedule = flat_then_line(optimizer, total_steps=100, warmup_steps=4)
    rates = []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[:4] == [0.5, 1.0, 1.5, 2.0]
    assert set(rates[4:51]) == {2.0}
    assert all(a > b for a, b in itertools.pairwise(rates[51:]))
    assert 0 < rates[-1] < 0.05


def test_augmentation_keeps_the_face_where_it_is() -> None:
    torch.manual_seed(0)
    grey = torch.full((256, 48, 48), 30, dtype=torch.uint8)
    grey[:, 16:32, 16:32] = 220
    mean = augment(grey).mean((0, 1))
    assert float(mean[20:28, 20:28].mean()) > 2 * float(mean[:6, :6].mean())


def test_runs_always_hold_a_tick_and_mix_targets_only_when_the_face_changes() -> None:
    torch.manual_seed(0)
    views = torch.zeros(7, 4, 64) + torch.arange(7.0)[:, None, None]
    soft = torch.eye(6)[[0, 1, 2, 3, 4, 5, 0]]
    rows = torch.arange(7).repeat(100)
    vectors, present, targets = make_runs(views, soft, rows)
    assert vectors.shape == (700, 12, 64)
    assert bool(present.any(1).all())
    counts = present.sum(1)
    assert set(counts.tolist()) == set(range(1, 13))
    assert bool((~present[:, 0] & (counts > 0)).any())  # gaps
    torch.testing.assert_close(targets.sum(1), torch.ones(700))
    pure = targets.max(1).values == 1
    assert 0.8 < float(pure.float().mean()) < 1.0
    faces = vectors.mean(2).round().long()
    for row in range(50):
        expected = soft[faces[row, present[row]]].mean(0)
        torch.testing.assert_close(targets[row], expected)


def test_a_rare_emotion_is_lifted_as_far_as_accuracy_allows() -> None:
    random = np.random.default_rng(0)
    labels = random.choice(6, size=4000, p=[0.4, 0.25, 0.15, 0.1, 0.05, 0.05])
    targets = np.eye(6)[labels]
    logits = 3 * targets + random.normal(size=(4000, 6)) * 1.5
    plain = fit_platt(logits, targets)
    lifted = rarity.lift_rare(plain, logits, targets, labels)
    before, after = (six_way(p.apply(logits).astype(float), labels) for p in (plain, lifted))
    assert after[1] > before[1] + 0.02
    assert after[0] > before[0] - 0.005
    raised = np.array(lifted.shift) - np.array(plain.shift)
    assert raised[0] == 0
    assert raised[5] > raised[1] > 0
    assert lifted.scale == plain.scale
    # Without an example of each emotion there is nothing to go by.
    few = labels[labels != 5]
    rows = labels != 5
    assert rarity.lift_rare(plain, logits[rows], targets[rows], few) == plain


@pytest.fixture
def small_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainOptions:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setattr(vision_encoder, "BATCH", 32)
    monkeypatch.setattr(vision_sequence, "BATCH", 16)
    write_faces(tmp_path / "faces_train.npz", 400)
    write_faces(tmp_path / "faces_valid.npz", 120, seed=9)
    return TrainOptions(
        data=tmp_path, preset="small", device="cpu", epochs=6, output=tmp_path / "run", threads=1
    )


def test_training_learns_resumes_exactly_and_exports(
    small_run: TrainOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = vision.train_vision(small_run)
    found = find_branch("small", "vision", path.parent)
    assert found.trained
    assert found.metadata is not None
    figures = found.metadata.figures["faces_valid"]
    assert figures["n"] == 120
    assert figures["six_way_accuracy"] > 0.5  # chance is 0.17
    assert figures["mean_auc"] > 0.75
    stored = load_state(path)
    # What was measured is what was stored.
    again = vision.evaluate_vision(small_run)
    assert again["six_way_accuracy"] == pytest.approx(figures["six_way_accuracy"], abs=1e-4)
    assert again["mean_auc"] == pytest.approx(figures["mean_auc"], abs=1e-3)

    cut = dataclasses.replace(small_run, output=tmp_path / "cut")
    augmented = vision_encoder.augment
    calls = 0

    def stops(*args: object) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > 27:  # in the third epoch of eleven batches
            raise KeyboardInterrupt
        return augmented(*args)

    monkeypatch.setattr(vision_encoder, "augment", stops)
    with pytest.raises(KeyboardInterrupt):
        vision.train_vision(cut)
    monkeypatch.setattr(vision_encoder, "augment", augmented)
    made = vision_sequence.make_runs
    calls = 0

    def breaks(*args: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        nonlocal calls
        calls += 1
        if calls > 30:  # in the second epoch of twenty-three batches
            raise KeyboardInterrupt
        return made(*args)

    monkeypatch.setattr(vision_sequence, "make_runs", breaks)
    with pytest.raises(KeyboardInterrupt):
        vision.train_vision(dataclasses.replace(cut, resume=True))
    monkeypatch.setattr(vision_sequence, "make_runs", made)
    resumed = vision.train_vision(dataclasses.replace(cut, resume=True))
    other = load_state(resumed)
    assert all(torch.equal(stored[k], other[k]) for k in stored)
    for name in ("small-vision-encoder.csv", "small-vision-sequence.png"):
        assert (tmp_path / "cut" / name).stat().st_size > 0


def test_faces_that_are_all_alike_cannot_calibrate(small_run: TrainOptions) -> None:
    path = small_run.data / "faces_train.npz"
    with np.load(path) as held:
        parts = {k: held[k] for k in held}
    parts["images"][:] = parts["images"][0]
    np.savez(path, **parts)
    with pytest.raises(UserError, match="held out"):
        vision.train_vision(small_run)


def test_measuring_without_weights_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no vision weights"):
        vision.evaluate_vision(TrainOptions(data=tmp_path, output=tmp_path))


def test_an_unknown_preset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no preset"):
        vision.train_vision(TrainOptions(data=tmp_path, preset="none"))
