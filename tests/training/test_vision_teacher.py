from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from live_emotion.core.errors import UserError
from live_emotion.training import vision
from live_emotion.training.common import Precision
from live_emotion.training.options import TrainOptions
from live_emotion.training.vision_data import load_faces
from live_emotion.training.vision_former import former_opinions, former_run, mean_opinion
from live_emotion.training.vision_opinions import (
    Opinions,
    find_opinions,
    opinion_loss,
    save_opinions,
)
from live_emotion.training.vision_teacher import FaceTeacher
from live_emotion.training.vision_teacher_network import FROZEN, STEM, MobileNet
from tests.training.test_vision import SMALL, write_faces

WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network's two files with made-up weights, the way TensorFlow.js lays them out."""
    rng = np.random.default_rng(0)
    entries: list[dict[str, object]] = []
    data = b""

    def put(name: str, shape: tuple[int, ...], spread: float, middle: float = 0.0) -> None:
        nonlocal data
        values = rng.normal(middle, spread, shape).astype(np.float32)
        entries.append({"name": name, "shape": list(shape), "dtype": "float32"})
        data += values.tobytes()

    put("conv1/convolution/merged_input", (3, 3, 3, 32), 0.003)
    put("conv1_bn/batchnorm_1/sub", (32,), 0.1)
    for k in range(1, 14):
        inputs, outputs = WIDTHS[k - 1], WIDTHS[k]
        put(f"conv_dw_{k}/depthwise_kernel", (3, 3, inputs, 1), 0.4)
        put(f"conv_dw_{k}_bn/batchnorm_1/mul", (inputs,), 0.1, 1.0)
        put(f"conv_dw_{k}_bn/batchnorm_1/sub", (1, inputs, 1, 1), 0.1)
        put(f"conv_pw_{k}/convolution/merged_input", (1, 1, inputs, outputs), inputs**-0.5)
        put(f"conv_pw_{k}_bn/batchnorm_1/sub", (outputs,), 0.1)
    root = tmp_path_factory.mktemp("network")
    manifest = {"weightsManifest": [{"weights": entries}]}
    (root / f"{STEM}.json").write_text(json.dumps(manifest), "utf-8")
    (root / f"{STEM}.bin").write_bytes(data)
    return root


def test_kernels_are_turned_the_right_way(folder: Path) -> None:
    network = MobileNet(folder)
    raw = np.frombuffer((folder / f"{STEM}.bin").read_bytes(), np.float32)
    first = raw[: 3 * 3 * 3 * 32].reshape(3, 3, 3, 32)
    layer = network.layers[0]
    assert isinstance(layer, torch.nn.Conv2d)
    # One output at a time, as the file has it: row, column, channel.
    patch = torch.rand(1, 3, 3, 3)
    expected = np.einsum("yxc,yxcn->n", patch[0].permute(1, 2, 0).numpy(), first)
    found = F.conv2d(patch, layer.weight)[0, :, 0, 0].detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    strides = [layer.stride[0] for layer in network.layers]  # type: ignore[union-attr, index]
    assert strides.count(2) == 5
    assert network(torch.rand(2, 3, 48, 48)).shape == (2, 1024)


def test_the_first_layers_stay_as_they_are(folder: Path) -> None:
    teacher = FaceTeacher(folder)
    classes, emotions = teacher(torch.rand(2, 3, 48, 48))
    assert classes.shape == (2, 8)
    assert emotions.shape == (2, 6)
    (classes.sum() + emotions.sum()).backward()
    moved = [layer.weight.grad is not None for layer in teacher.body.layers]
    assert moved == [k >= FROZEN for k in range(len(moved))]
    assert len(teacher.body.learned()) == 2 * (len(moved) - FROZEN)
    assert torch.is_grad_enabled()


def test_another_folder_is_refused_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="human-models"):
        MobileNet(tmp_path)
    (tmp_path / f"{STEM}.json").write_bytes((folder / f"{STEM}.json").read_bytes())
    (tmp_path / f"{STEM}.bin").write_bytes((folder / f"{STEM}.bin").read_bytes()[:-4])
    with pytest.raises(UserError, match=STEM):
        MobileNet(tmp_path)


def test_the_loss_is_least_where_the_teacher_is() -> None:
    torch.manual_seed(0)
    told = Opinions(torch.randn(5, 8), torch.randn(5, 6))
    rows, weights = torch.tensor([3, 1]), torch.ones(2)
    # A picture without a face stands behind the two, of which the teacher says nothing.
    same = [torch.cat((x[rows], torch.randn(1, x.shape[1]))) for x in (told.classes, told.emotions)]
    least = opinion_loss((same[0], same[1]), told, rows, 0.5, weights)
    other = [s.clone().requires_grad_() for s in same]
    loss = opinion_loss((other[0], other[1]), told, rows, 0.5, weights)
    loss.backward()
    assert all(o.grad is not None and o.grad.abs().max() < 1e-6 for o in other)
    for k in range(2):
        moved = [s.clone() for s in same]
        moved[k][:2] += torch.randn_like(moved[k][:2])
        assert opinion_loss((moved[0], moved[1]), told, rows, 0.5, weights) > least + 1e-3
    assert torch.equal(
        opinion_loss((same[0][:2], same[1][:2]), told, rows, 0.5, weights),
        least,
    )


def test_opinions_are_kept_for_just_these_faces(tmp_path: Path) -> None:
    write_faces(tmp_path / "faces.npz", 12)
    faces = load_faces(tmp_path / "faces.npz", training=True)
    told = Opinions(torch.randn(12, 8), torch.randn(12, 6))
    kept = tmp_path / "told.npz"
    assert find_opinions(kept, faces) is None
    save_opinions(kept, told, faces)
    found = find_opinions(kept, faces)
    assert found is not None
    assert torch.equal(found.classes, told.classes)
    assert torch.equal(found.emotions, told.emotions)
    assert find_opinions(kept, faces.take(np.arange(11))) is None
    changed = dataclasses.replace(faces, images=255 - faces.images)
    assert find_opinions(kept, changed) is None
    kept.write_bytes(b"damaged")
    assert find_opinions(kept, faces) is None


def test_a_taught_run_starts_from_weights_and_is_taken_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "preset_named", lambda _: SMALL)
    monkeypatch.setattr(vision, "TEACHER_EPOCHS", 1)
    write_faces(tmp_path / "faces_train.npz", 100)
    options = TrainOptions(tmp_path, preset="small", epochs=1, threads=1, output=tmp_path / "plain")
    vision.train_vision(options)
    taught = dataclasses.replace(
        options,
        output=tmp_path / "taught",
        teacher=str(folder),
        init=str(tmp_path / "plain" / "weights"),
    )
    vision.train_vision(taught)
    kept = tmp_path / "taught" / "small-vision-teacher.npz"
    assert kept.exists()
    before = kept.stat().st_mtime_ns
    path = vision.train_vision(dataclasses.replace(taught, resume=True))
    assert kept.stat().st_mtime_ns == before
    assert path.exists()
    with pytest.raises(UserError, match="no face weights"):
        vision.train_vision(dataclasses.replace(taught, init=str(tmp_path)))


def test_several_opinions_are_a_mean_of_chances() -> None:
    one, two = (Opinions(torch.randn(5, 8), torch.randn(5, 6)) for _ in range(2))
    assert mean_opinion([one]) is one
    both = mean_opinion([one, two])
    chances = (one.classes.softmax(1) + two.classes.softmax(1)) / 2
    assert torch.allclose(both.classes.softmax(1), chances, atol=1e-6)
    alone = (one.emotions.sigmoid() + two.emotions.sigmoid()) / 2
    assert torch.allclose(both.emotions.sigmoid(), alone, atol=1e-6)


def test_a_former_run_teaches_beside_another_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "preset_named", lambda _: SMALL)
    monkeypatch.setattr(vision, "TEACHER_EPOCHS", 1)
    write_faces(tmp_path / "faces_train.npz", 100)
    first = tmp_path / "first"
    options = TrainOptions(tmp_path, preset="small", epochs=1, threads=1, output=first)
    vision.train_vision(options)
    told: list[int] = []
    monkeypatch.setattr(
        vision,
        "mean_opinion",
        lambda several: (told.append(len(several)), mean_opinion(several))[1],
    )
    both = f"{folder},{first}"
    vision.train_vision(dataclasses.replace(options, output=tmp_path / "second", teacher=both))
    assert told == [2]
    # It says what it said: the run's averaged encoder and heads, as they were kept.
    faces = load_faces(tmp_path / "faces_train.npz", training=True)
    kept = former_run(first, options.run_name("vision"))
    assert kept is not None
    precision = Precision(torch.device("cpu"), mixed=False)
    again = [former_opinions(kept, SMALL, faces, precision) for _ in range(2)]
    assert torch.equal(again[0].classes, again[1].classes)
    assert again[0].classes.shape == (len(faces), 8)
    flipped = dataclasses.replace(faces, images=faces.images.flip(-1))
    mirrored = former_opinions(kept, SMALL, flipped, precision)
    assert torch.allclose(mirrored.classes, again[0].classes, atol=1e-4)
    kept.write_bytes(b"damaged")
    with pytest.raises(UserError, match="checkpoint"):
        former_opinions(kept, SMALL, faces, precision)
