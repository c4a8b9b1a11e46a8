from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn

from live_emotion.core.errors import UserError
from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.models.branches import AudioBranch
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import PRESETS, Preset
from live_emotion.models.sizes import FocalNetSizes, SequenceSizes
from live_emotion.perception.spectrogram import MelStream
from live_emotion.training import audio, audio_faculty, audio_finish, audio_schedule, audio_spectra
from live_emotion.training.audio_batches import AudioBatch, AudioBatches
from live_emotion.training.audio_clips import Clip, ClipStore, read_clips
from live_emotion.training.audio_losses import pooled_loss, window_loss
from live_emotion.training.audio_measure import clip_logits
from live_emotion.training.audio_statistics import band_statistics
from live_emotion.training.options import TrainOptions

soundfile = pytest.importorskip("soundfile")

TINY = Preset(
    name="live",
    vision=PRESETS["live"].vision,
    audio=FocalNetSizes(widths=(16, 32), depths=(1, 1), patch=8, stem=8, layer_scale=0.1),
    text=PRESETS["live"].text,
    sequence=SequenceSizes(layers=1, feed_forward=32),
)
# Each emotion a tone of its own: something that can be learned in seconds.
TONES = {"happy": 300.0, "sad": 600.0, "angry": 1200.0, "neutral": 2400.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up data set of the usual form: 8 speakers, two data sets, tones for emotions."""
    root = tmp_path_factory.mktemp("voices")
    rng = np.random.default_rng(0)
    rows = ["path,dataset,speaker,sex,emotion,lang,text,split"]
    for s in range(8):
        for emotion, hz in TONES.items():
            for n in range(4):
                name = f"s{s}-{emotion}-{n}.wav"
                t = np.arange(int(rng.uniform(0.5, 1.4) * 16000)) / 16000
                wave = 0.2 * np.sin(2 * np.pi * hz * (1 + 0.01 * s) * t)
                soundfile.write(root / name, wave + 0.005 * rng.standard_normal(len(t)), 16000)
                split = "dev" if s >= 6 else "train"
                rows.append(f"{name},set{s % 2},speaker{s},F,{emotion},en,words,{split}")
    (root / "audio.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return root


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "preset_named", lambda _: TINY)
    monkeypatch.setattr(audio_schedule, "WARMUP_STEPS", 2)
    monkeypatch.setattr(audio, "EMA_DECAY", 0.8)
    monkeypatch.setattr(audio, "LEARNING_RATE", 5e-3)
    monkeypatch.setattr(audio, "SEQUENCE_RATE", 5e-3)
    monkeypatch.setattr(audio, "PIECES_ALONE", 0.5)
    monkeypatch.setattr(audio, "FOLDS", 3)
    # A tone that is moved up or down is another emotion's tone.
    monkeypatch.setattr(audio_spectra, "_WARPED", 0.0)


def options(folder: Path, output: Path, epochs: int, resume: bool = False) -> TrainOptions:
    return TrainOptions(
        data=folder,
        device="cpu",
        epochs=epochs,
        output=output,
        threads=1,
        resume=resume,
        teacher=audio_faculty.NO_TEACHER,
    )


def labelled(
    mel: torch.Tensor, present: torch.Tensor, targets: torch.Tensor, trust: torch.Tensor
) -> AudioBatch:
    """A batch without a teacher."""
    n = len(targets)
    classes = torch.where(targets.any(1), targets.argmax(1), 6)
    silent = torch.zeros(n, 7), torch.zeros(n, 0)
    return AudioBatch(mel, present, targets, trust, classes, torch.ones(n), torch.zeros(n), *silent)


def tensors(path: Path) -> dict[str, torch.Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@pytest.mark.usefixtures("tiny")
def test_training_learns_and_its_file_describes_itself(folder: Path, tmp_path: Path) -> None:
    path = audio.train_audio(options(folder, tmp_path, 28))
    assert path.name == "live-audio.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata = WeightsMetadata.from_header(file.metadata(), path.name)
    assert metadata.trained and metadata.branch == "audio"
    assert metadata.seen_speakers == tuple(f"speaker{s}" for s in range(6))
    dev = metadata.figures["dev"]
    assert dev["n"] == 32 and set(dev["per_dataset"]) == {"set0", "set1"}
    assert dev["six_way_uar"] > 0.5  # a third by chance
    assert all(t.dtype != torch.float32 for t in tensors(path).values())
    assert (tmp_path / "live-audio.csv").exists()


@pytest.mark.usefixtures("tiny")
def test_a_resumed_run_takes_the_same_steps(folder: Path, tmp_path: Path) -> None:
    whole = audio.train_audio(options(folder, tmp_path / "a", 2))

    class StopError(Exception):
        pass

    def stop(*_: object, **__: object) -> None:
        raise StopError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audio.TrainingProgress, "epoch", stop)
        with pytest.raises(StopError):
            audio.train_audio(options(folder, tmp_path / "b", 2))
    # Stopped after the first epoch but before its checkpoint: nothing to resume from yet.
    resumed = audio.train_audio(options(folder, tmp_path / "b", 2, resume=True))
    assert_same(tensors(whole), tensors(resumed))

    real = audio.AudioBatches.draw
    calls = 0

    def draw(self: AudioBatches, rng: np.random.Generator) -> AudioBatch:
        nonlocal calls
        calls += 1
        if calls == len(self) + 1:
            raise StopError
        return real(self, rng)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audio.AudioBatches, "draw", draw)
        with pytest.raises(StopError):
            audio.train_audio(options(folder, tmp_path / "c", 2))
    resumed = audio.train_audio(options(folder, tmp_path / "c", 2, resume=True))
    assert_same(tensors(whole), tensors(resumed))


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def test_one_speaker_cannot_be_held_out(folder: Path, tmp_path: Path) -> None:
    clips = [c for c in read_clips(folder) if c.speaker == "speaker0"]
    store = ClipStore(folder, clips, tmp_path)
    with pytest.raises(UserError, match="too few speakers"):
        audio.held_out_speakers(store, 0)


def test_no_speaker_sets_the_calibration_alone() -> None:
    clips = [
        Clip(
            str(n), "a", "much" if n < 500 else "little", "happy" if n % 9 == 0 else "sad", "train"
        )
        for n in range(540)
    ]
    even = audio_finish.evened(clips, 0)
    much = {int(k) for k in even if clips[k].speaker == "much"}
    assert 0 < len(much) <= audio_finish.CLIPS_A_SPEAKER
    emotions = [clips[k].emotion for k in even]
    assert emotions.count("happy") == emotions.count("sad") == audio_finish.DRAWS // 2


def test_batches_mask_trust_and_balance(folder: Path, tmp_path: Path) -> None:
    clips = [
        c
        for c in read_clips(folder)
        if not (c.dataset == "set1" and c.emotion == "sad")
        and not (c.dataset == "set0" and c.emotion == "happy" and not c.path.endswith("-0.wav"))
    ]
    store = ClipStore(folder, clips, tmp_path)
    batches = AudioBatches(store, np.arange(len(clips)), torch.full((128,), -8.0))
    rng = np.random.default_rng(0)
    batch = batches.draw(rng)
    assert batch.mel.shape[0] == batches.settings.clips and batch.mel.shape[2:] == (1, 128, 32)
    assert batch.present.shape == batch.mel.shape[:2] and batch.present.any(1).all()
    assert torch.isfinite(batch.mel).all()
    for row in range(len(batch.classes)):
        kind = int(batch.classes[row])
        assert int(batch.targets[row].sum()) == (kind < 6)
        if kind < 6:
            assert batch.targets[row, kind] == 1 and batch.trust[row, kind] == 1
    # Nobody is fearful in either set, and nobody sad in set1: such zeros count for less.
    assert (batch.trust[:, 3] < 1).sum() > 14
    drawn = torch.cat([batches.draw(rng).classes for _ in range(12)])
    share = float((drawn == 0).float().mean())
    plain = np.mean([c.emotion == "happy" for c in clips])
    assert share > plain + 0.01


def test_a_draw_repeats_with_its_seed(folder: Path, tmp_path: Path) -> None:
    clips = read_clips(folder)
    store = ClipStore(folder, clips, tmp_path)
    batches = AudioBatches(store, np.arange(len(clips)), torch.zeros(128))
    first, second = (batches.draw(np.random.default_rng(7)) for _ in range(2))
    assert torch.equal(first.mel, second.mel) and torch.equal(first.classes, second.classes)


def test_the_loss_spares_what_a_data_set_never_shows() -> None:
    present = torch.ones(1, 1, dtype=torch.bool)
    targets = torch.zeros(1, 6)
    for loss, width in ((window_loss, 6), (pooled_loss, 7)):
        gradients = []
        for trust in (1.0, 0.25):
            logits = torch.zeros(1, width, requires_grad=True)
            weights = torch.ones(1, 6)
            weights[0, 4] = trust
            batch = labelled(torch.zeros(1), present, targets, weights)
            loss(logits, batch).backward()
            assert logits.grad is not None
            gradients.append(float(logits.grad[0, 4]))
        assert gradients[1] < 0.4 * gradients[0]


def test_absent_ticks_do_not_touch_the_pooled_loss() -> None:
    torch.manual_seed(0)
    trainee = audio.AudioTrainee(AudioBranch(PRESETS["live"])).eval()
    present = torch.tensor([[True, True, False], [True, False, False]])
    mel = torch.randn(2, 3, 1, 128, 32)

    def loss() -> torch.Tensor:
        batch = labelled(mel, present, torch.eye(6)[:2], torch.ones(2, 6))
        value: torch.Tensor = trainee(batch, windows=False)
        return value

    before = loss()
    mel[~present] = 50.0
    torch.testing.assert_close(loss(), before)
    mel[0, 1] += 5.0
    assert abs(float((loss() - before).detach())) > 1e-4


def test_the_sequence_part_waits_for_its_turn() -> None:
    first, second = (nn.Parameter(torch.zeros(1)) for _ in range(2))
    optimizer = torch.optim.SGD([{"params": [first]}, {"params": [second]}], lr=1.0)
    schedule = audio_schedule.two_part_schedule(optimizer, 4000, 2000, late_groups=1)
    rates = []
    for _ in range(4000):
        rates.append(schedule.get_last_lr())
        optimizer.step()
        schedule.step()
    early, late = np.array(rates).T
    assert (late[:2000] == 0).all() and (late[2000:] > 0).all()
    assert (
        early[0] < early[audio_schedule.WARMUP_STEPS - 1] and early[-1] < 0.02 and late[-1] < 0.02
    )
    assert early.max() > 0.9 and 0.7 < late.max() <= 1


def test_clips_are_cut_as_the_stream_cuts_them(folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    clips = read_clips(folder)[:3]
    store = ClipStore(folder, clips, tmp_path)
    branch = AudioBranch(TINY)
    mean, deviation = band_statistics(store, np.arange(3), np.random.default_rng(0))
    branch.encoder.set_statistics(mean, deviation)
    branch.eval()
    found = clip_logits(branch, store, np.arange(3))
    for row in range(3):
        stream = MelStream()
        pieces = stream.push(store.wave(row)) + stream.flush()
        mel = torch.from_numpy(np.stack([m for _, m in pieces]))[None, :, None]
        present = torch.ones(1, len(pieces), dtype=torch.bool)
        # A last piece with too little voice is masked by the gate.
        if store.length(row) % TICK_SAMPLES < TICK_SAMPLES // 4:
            present[0, -1] = False
        with torch.no_grad():
            expected = branch(mel, present)[0].numpy()
        np.testing.assert_allclose(found[row], expected, atol=1e-3)


def test_a_long_clip_is_the_mean_over_its_windows(tmp_path: Path) -> None:
    torch.manual_seed(0)
    t = np.arange(14 * TICK_SAMPLES) / 16000
    wave = 0.2 * np.sin(2 * np.pi * (200 + 100 * t) * t)
    soundfile.write(tmp_path / "long.wav", wave, 16000, subtype="PCM_16")
    store = ClipStore(tmp_path, [Clip("long.wav", "a", "s", "sad", "dev")], tmp_path / "store")
    branch = AudioBranch(TINY).eval()
    pieces = torch.from_numpy(np.stack([m for _, m in MelStream().push(store.wave(0))]))
    mel, present = pieces[None, :, None], torch.ones(1, 12, dtype=torch.bool)
    with torch.no_grad():
        windows = [branch(mel[:, k : k + 12], present)[0].numpy() for k in range(3)]
    found = clip_logits(branch, store, np.array([0]))
    np.testing.assert_allclose(found[0], np.mean(windows, axis=0), atol=1e-3)
