from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn

from live_emotion.core.errors import UserError
from live_emotion.models.metadata import METADATA_KEY, Platt, WeightsMetadata
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision, choose_device, cosine_schedule
from live_emotion.training.curves import CurveLog
from live_emotion.training.export import CHECKSUMS, export_weights

CPU = torch.device("cpu")


class Run:
    """A small run with every moving part: dropout, averaged weights, momentum, schedule."""

    def __init__(self, path: Path) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.average = Ema(self.network)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=0.1)
        self.schedule = cosine_schedule(self.optimizer, 40, 5)
        self.precision = Precision(CPU)
        self.checkpoint = Checkpoint(
            path,
            network=self.network,
            average=self.average,
            optimizer=self.optimizer,
            schedule=self.schedule,
            precision=self.precision,
        )

    def epoch(self) -> None:
        for _ in range(10):
            x = torch.randn(16, 4)
            noise = float(np.random.rand())  # noqa: NPY002 - the global state is what is tested
            with self.precision.autocast():
                loss = (self.network(x) - x.sum(1, keepdim=True) - noise).square().mean()
            self.precision.step(loss, self.optimizer, self.network.parameters())
            self.schedule.step()
            self.average.update(self.network)


def test_a_resumed_run_ends_with_the_very_same_weights(tmp_path: Path) -> None:
    np.random.seed(1)  # noqa: NPY002
    straight = Run(tmp_path / "a.pt")
    for _ in range(4):
        straight.epoch()
    np.random.seed(1)  # noqa: NPY002
    first = Run(tmp_path / "b.pt")
    for _ in range(2):
        first.epoch()
    first.checkpoint.save(2, {"best": 0.5})
    first.epoch()  # lost when the run is killed
    again = Run(tmp_path / "b.pt")
    assert again.checkpoint.load() == (2, {"best": 0.5})
    for _ in range(2):
        again.epoch()
    for ours, theirs in (
        (again.network.state_dict(), straight.network.state_dict()),
        (again.average.module.state_dict(), straight.average.module.state_dict()),
    ):
        assert all(torch.equal(ours[k], theirs[k]) for k in theirs)
    assert not torch.equal(first.network[0].weight, straight.network[0].weight)


def test_checkpoints_that_do_not_fit_are_refused_in_a_sentence(tmp_path: Path) -> None:
    assert Run(tmp_path / "none.pt").checkpoint.load() is None
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"nothing of the kind")
    with pytest.raises(UserError, match="resume"):
        Run(broken).checkpoint.load()
    other = Run(tmp_path / "other.pt")
    Checkpoint(other.checkpoint.path, network=nn.Linear(3, 3)).save(1)
    with pytest.raises(UserError, match="resume"):
        other.checkpoint.load()


def test_schedule_warms_up_and_ends_at_the_floor() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = cosine_schedule(optimizer, 100, 10, floor=0.1)
    rates = []
    for _ in range(120):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == pytest.approx(2.0)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[55] == pytest.approx(2.0 * (0.1 + 0.9 * 0.5))
    assert rates[-1] == pytest.approx(0.2)


def test_average_follows_slowly_and_starts_fast() -> None:
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    average = Ema(module, decay=0.99)
    nn.init.ones_(module.weight)
    average.update(module)
    assert float(average.module.weight) == pytest.approx(1 - 2 / 11)
    for _ in range(2000):
        average.update(module)
    assert float(average.module.weight) == pytest.approx(1.0, abs=1e-4)
    assert not average.module.weight.requires_grad


def test_devices() -> None:
    assert choose_device("cpu") == CPU
    assert choose_device("auto").type in ("cpu", "cuda")
    with pytest.raises(UserError, match="auto, cpu or cuda"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="CUDA"):
            choose_device("cuda")


def test_curves_are_cut_where_the_run_goes_on(tmp_path: Path) -> None:
    log = CurveLog(tmp_path / "run")
    for epoch in (1, 2, 3):
        log.add(epoch, loss=1 / epoch, six_way=0.1 * epoch)
    log = CurveLog(tmp_path / "run", epochs_done=2)
    log.add(3, loss=0.25, six_way=0.5, late=1.0)
    with (tmp_path / "run.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [r["epoch"] for r in rows] == ["1", "2", "3"]
    assert [r["loss"] for r in rows] == ["1", "0.5", "0.25"]
    assert [r["late"] for r in rows] == ["", "", "1"]
    assert log.draw()
    assert (tmp_path / "run.png").read_bytes()[1:4] == b"PNG"
    assert len(CurveLog(tmp_path / "run").rows) == 0


def made_metadata(**changes: object) -> WeightsMetadata:
    values = {
        "preset": "live",
        "branch": "vision",
        "architecture": {"widths": [1, 2]},
        "trained": True,
        "thresholds": {"happy": 0.4},
        "calibration": {"": Platt((1.0,) * 6, (0.5,) * 6)},
        "seen_speakers": ("a", "b"),
        "data": "some",
        "figures": {"x": 0.5},
    }
    return WeightsMetadata(**{**values, **changes})


def test_weights_are_half_precision_and_describe_themselves(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    path = export_weights(module.state_dict(), made_metadata(), tmp_path)
    assert path.name == "live-vision.safetensors"
    with safe_open(path, "pt") as file:
        assert file.get_tensor("0.weight").dtype == torch.float16
        assert file.get_tensor("1.num_batches_tracked").dtype == torch.int64
        header = file.metadata()
    plain = json.loads(header[METADATA_KEY])
    assert plain["format"] == 1
    assert plain["calibration"] == {"scale": [1.0] * 6, "shift": [0.5] * 6}
    assert WeightsMetadata.from_header(header, path.name) == made_metadata()
    export_weights({"weight": torch.ones(3)}, made_metadata(branch="fusion"), tmp_path)
    (tmp_path / "live-text.model").write_bytes(b"pieces")
    export_weights(module.state_dict(), made_metadata(), tmp_path)
    sums = dict(line.split()[::-1] for line in (tmp_path / CHECKSUMS).read_text().splitlines())
    assert set(sums) == {"live-vision.safetensors", "live-fusion.safetensors", "live-text.model"}
    for name, digest in sums.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".part")]


def test_weights_beyond_half_precision_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="big"):
        export_weights({"big": torch.tensor([1e6])}, made_metadata(), tmp_path)
    assert not list(tmp_path.glob("*.safetensors"))


def test_fusion_metadata_keeps_a_calibration_for_each_subset() -> None:
    about = made_metadata(branch="fusion", calibration={"vision": Platt(), "vision+text": Platt()})
    again = WeightsMetadata.from_header(about.to_header(), "x")
    assert set(again.calibration) == {"vision", "vision+text"}


@pytest.mark.parametrize("header", [None, {}, {METADATA_KEY: "{"}, {METADATA_KEY: '{"format":9}'}])
def test_headers_that_are_not_ours_are_refused(header: dict[str, str] | None) -> None:
    with pytest.raises(UserError, match=r"file\.safetensors"):
        WeightsMetadata.from_header(header, "file.safetensors")


def test_platt_keeps_missing_missing() -> None:
    p = Platt((2.0,) * 6, (1.0,) * 6).apply(np.array([0.0, 1.0, -1.0, np.nan, 50.0, -50.0]))
    np.testing.assert_allclose(p[:3], 1 / (1 + np.exp([-1.0, -3.0, 1.0])), rtol=1e-6)
    assert np.isnan(p[3])
    assert p[4] == 1.0
    assert p[5] < 1e-6
