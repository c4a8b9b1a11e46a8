from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.errors import UserError
from live_emotion.core.resources import assets_dir
from live_emotion.models.presets import Preset
from live_emotion.runtime import opening
from live_emotion.runtime.build import EngineRefusedError
from live_emotion.runtime.check import checked_sizes, draw_inputs
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import ENCODERS
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.text_input import padded
from live_emotion.runtime.weights import find_branches
from live_emotion.runtime.weights_files import SUMS_FILE


@pytest.fixture
def openvino(small: Preset) -> Iterator[EncoderSet]:
    with EncoderSet.open("small", "openvino", threads=1) as encoders:
        yield encoders


@pytest.fixture
def torch_set(small: Preset) -> Iterator[EncoderSet]:
    with EncoderSet.open("small", "torch", threads=1) as encoders:
        yield encoders


@pytest.fixture(params=["openvino", "torch"])
def either(request: pytest.FixtureRequest, small: Preset) -> Iterator[EncoderSet]:
    with EncoderSet.open("small", request.param, threads=1) as encoders:
        yield encoders


def close(a: np.ndarray, b: np.ndarray, tolerance: float = 1e-5) -> bool:
    return bool(np.abs(a - b).max() <= tolerance * max(1.0, float(np.abs(b).max())))


def same_everywhere(first: EncoderSet, second: EncoderSet, vocabulary: int, rng) -> None:
    for encoder in ENCODERS:
        recipe = load_recipe(encoder)
        if recipe.branch is None:
            continue
        for sizes in checked_sizes(recipe):
            inputs = draw_inputs(recipe, sizes, {"vocabulary": vocabulary}, rng)
            a, b = first.engines[encoder].run(inputs), second.engines[encoder].run(inputs)
            assert a.keys() == b.keys()
            for name in a:
                assert a[name].dtype == np.float32
                assert close(a[name], b[name]), (encoder, sizes, name)


def test_both_engines_agree(openvino: EncoderSet, torch_set: EncoderSet, rng) -> None:
    assert {e.info.name for e in openvino.engines.values()} == {"openvino"}
    names = {n: e.info.name for n, e in torch_set.engines.items()}
    assert names.pop("face_finder") == "openvino"
    assert set(names.values()) == {"torch"}
    same_everywhere(openvino, torch_set, 500, rng)


def test_both_engines_agree_on_the_default_preset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rng
) -> None:
    """With the weights that ship, or without any where none ship yet."""
    shipped = (assets_dir() / "weights" / SUMS_FILE).is_file()
    if not shipped:
        monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path))
    with (
        EncoderSet.open("live", "openvino", threads=2) as fast,
        EncoderSet.open("live", "torch", threads=2) as slow,
    ):
        assert {e.info.name for e in fast.engines.values()} == {"openvino"}
        same_everywhere(fast, slow, 5_000, rng)
        untrained = [b for b, info in fast.branches.items() if not info.trained]
        assert sum(note.endswith("untrained weights") for note in fast.notes) == len(untrained) + (
            not fast.fusion.trained
        )
        assert (fast.text("words") is None) == any("no vocabulary" in n for n in fast.notes)


def test_a_batch_is_the_same_as_one_by_one(either: EncoderSet, rng) -> None:
    faces = rng.integers(0, 256, (70, 48, 48, 3), dtype=np.uint8)
    mel = rng.uniform(-13, 5, (9, 128, 32)).astype(np.float32)
    vectors = either.vision_face(faces)
    assert vectors.shape == (70, 64)
    alone = np.concatenate([either.vision_face(faces[k : k + 1]) for k in range(70)])
    assert close(vectors, alone)
    sounds = either.audio_piece(mel)
    assert close(sounds, np.concatenate([either.audio_piece(mel[k : k + 1]) for k in range(9)]))
    assert either.vision_face(faces[:0]).shape == (0, 64)


def test_results_belong_to_the_caller(either: EncoderSet, rng) -> None:
    faces = rng.integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
    first = either.vision_face(faces[:1])
    kept = first.copy()
    either.vision_face(faces[1:])
    assert np.array_equal(first, kept)
    faces.flags.writeable = False
    assert np.array_equal(either.vision_face(faces[:1]), kept)


def test_a_sliding_window_equals_the_whole_window(either: EncoderSet, small: Preset, rng) -> None:
    """Vectors kept from tick to tick give what the whole branch gives on the window."""
    branch = Networks(small, find_branches("small")).branch("audio")
    mel = rng.uniform(-13, 5, (20, 128, 32)).astype(np.float32)
    speech = rng.random(20) < 0.7
    kept = np.zeros((0, 64), np.float32)
    for tick in range(20):
        kept = np.concatenate((kept, either.audio_piece(mel[tick : tick + 1])))[-12:]
        window = slice(max(0, tick - 11), tick + 1)
        present = speech[window]
        got = either.audio_sequence(kept, present)
        if not present.any():
            assert np.isnan(got).all()
            continue
        with torch.no_grad():
            pieces = torch.from_numpy(mel[window])[None, :, None]
            wanted = branch(pieces, torch.from_numpy(present)[None])[0].numpy()
        assert close(got, wanted, 1e-4)


def test_a_short_window_is_not_changed_by_its_padding(
    either: EncoderSet, small: Preset, rng
) -> None:
    sequence = Networks(small, find_branches("small")).branch("vision").get_submodule("sequence")
    for ticks in (1, 2, 5, 11, 12):
        vectors = rng.normal(size=(ticks, 64)).astype(np.float32)
        present = rng.random(ticks) < 0.6
        present[0] = True
        with torch.no_grad():
            args = torch.from_numpy(vectors)[None], torch.from_numpy(present)[None]
            wanted = sequence(*args)[0].numpy()
        assert close(either.vision_sequence(vectors, present), wanted)
        vectors[~present] = np.nan
        assert close(either.vision_sequence(vectors, present), wanted)


def test_windows_that_cannot_be(torch_set: EncoderSet) -> None:
    long = np.zeros((13, 64), np.float32)
    with pytest.raises(ValueError, match="at most 12"):
        torch_set.vision_sequence(long, np.ones(13, bool))
    with pytest.raises(ValueError, match="alike"):
        torch_set.vision_sequence(long[:3], np.ones(4, bool))
    assert np.isnan(torch_set.vision_sequence(long[:3], np.zeros(3, bool))).all()


def test_a_text_is_not_changed_by_its_bucket(either: EncoderSet, small: Preset, rng) -> None:
    branch = Networks(small, find_branches("small")).branch("text")
    for length in (1, 3, 8, 9, 16, 17, 50, 128):
        ids = [int(n) for n in rng.integers(1, 500, length)]
        inputs = padded(ids)
        assert inputs["ids"].shape[1] % 8 == 0
        with torch.no_grad():
            wanted = branch(torch.tensor([ids]), torch.ones(1, length, dtype=torch.bool))
        assert close(either.engines["text"].run(inputs)["logits"], wanted.numpy())


def test_the_face_finder_takes_any_size(torch_set: EncoderSet, rng) -> None:
    for height, width in ((192, 320), (32, 64), (192, 320), (64, 64), (96, 32)):
        x = rng.uniform(0, 255, (1, 3, height, width)).astype(np.float32)
        maps = torch_set.face_finder(x)
        assert [m.shape for m in maps] == [(1, c, height // 4, width // 4) for c in (1, 2, 2, 10)]
        assert np.array_equal(torch_set.face_finder(x)[0], maps[0])


def test_the_merged_form_is_the_same_function(openvino: EncoderSet, small: Preset, rng) -> None:
    pytest.importorskip("live_emotion.models.merge")
    faces = rng.integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    wanted = openvino.vision_face(faces)
    for engine in ("openvino", "torch"):
        with EncoderSet.open("small", engine, threads=1, form="merged") as merged:
            assert merged.engines["vision_face"].info.form == "merged"
            assert merged.engines["audio_piece"].info.form == ""
            assert close(merged.vision_face(faces), wanted)


def refuse(*_: object, **__: object) -> None:
    raise EngineRefusedError("off by 3")


def test_an_engine_asked_for_by_name_does_not_fall_back(
    small: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_engine", refuse)
    with pytest.raises(UserError, match=r"of text in float32 is refused \(off by 3\).*auto or"):
        EncoderSet.open("small", "openvino", threads=1, only=("text",))


def test_engine_and_precision_by_name(small: Preset) -> None:
    with EncoderSet.open("small", "openvino:f32", threads=1, only=("text",)) as encoders:
        assert encoders.engines["text"].info.precision == "float32"
    # A precision that is refused gives way to the exact one of the same engine, in one line.
    with EncoderSet.open("small", "openvino:int8", threads=1, only=("audio_sequence",)) as other:
        assert other.engines["audio_sequence"].info.precision == "float32"
        assert (
            "OpenVINO in int8 refused for audio_sequence (its recipe does not allow int8), "
            "float32 used"
        ) in other.notes


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"preset": "huge"}, "no preset"),
        ({"engine": "steam"}, "no engine “steam”"),
        ({"precision": "float8"}, "no precision"),
        ({"form": "round"}, "no network form"),
        ({"engine": "torch", "precision": "bfloat16"}, "float32 only"),
        ({"threads": -1}, "at least 1 thread"),
    ],
)
def test_options_that_are_not_there(small: Preset, options: dict, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        EncoderSet.open(**({"preset": "small"} | options))


def test_what_the_log_is_told(openvino: EncoderSet) -> None:
    meta = openvino.meta()
    assert meta["preset"] == "small"
    assert meta["weights"]["vision"]["trained"] is True
    assert len(meta["weights"]["vision"]["sha256"]) == 64
    assert meta["weights"]["fusion"]["trained"] is False
    assert meta["weights"]["fusion"]["sha256"] == ""
    assert meta["engines"]["vision_face"] == {
        "engine": "openvino",
        "precision": "float32",
        "form": "residual",
    }
