"""What a start whose engines are all in the cache does, and what it leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from live_emotion.runtime.encoders import EncoderSet

START = """
import json, sys

network = []
def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.")) or event == "subprocess.Popen":
        network.append(event)
sys.addaudithook(watch)

import numpy as np
from live_emotion.models.presets import PRESETS
from live_emotion.runtime.encoders import EncoderSet
exec(sys.argv[1])
if sys.argv[2:]:
    from live_emotion.runtime.opening import Opener
    from live_emotion.runtime.options import EngineOptions
    from live_emotion.runtime.weights import find_branches

    opener = Opener(PRESETS["small"], find_branches("small"), EngineOptions("openvino", 1))
    opener.open("vision_sequence")
    opener.open("face_finder")
    print(json.dumps({"loaded": "torch" in sys.modules, "network": network}))
    raise SystemExit
with EncoderSet.open("small", "openvino", threads=1) as encoders:
    vector = encoders.vision_face(np.full((1, 48, 48, 3), 99, np.uint8))
    fused, _ = encoders.fuse({"vision": encoders.vision_sequence(vector, np.ones(1, bool))})
loaded = [m for m in ("torch", "transformers", "onnxruntime", "cv2", "PyQt6") if m in sys.modules]
reports = sys.modules.get("openvino_telemetry") is not None
print(json.dumps({"fused": fused.tolist(), "loaded": loaded, "network": network,
                  "reports": reports}))
"""


def start(small: object, cache: Path, *more: str) -> dict[str, object]:
    text = repr(small)
    for kind in ("RfamSizes", "FocalNetSizes", "AlbertSizes", "SequenceSizes"):
        text = text.replace(kind, f"p.{kind}")
    setup = f"from live_emotion.models import presets as p; PRESETS['small'] = p.{text}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", START, setup, *more],
        env=os.environ | {"LIVE_EMOTION_CACHE": str(cache)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_a_cached_start_imports_no_torch_and_opens_no_socket(
    small: object, engine_cache: Path
) -> None:
    with EncoderSet.open("small", "openvino", threads=1) as encoders:  # fills the cache
        vector = encoders.vision_face(np.full((1, 48, 48, 3), 99, np.uint8))
        wanted, _ = encoders.fuse({"vision": encoders.vision_sequence(vector, np.ones(1, bool))})
    result = start(small, engine_cache)
    assert result["loaded"] == []
    assert result["network"] == []
    assert result["reports"] is False
    assert result["fused"] == pytest.approx(wanted.tolist(), abs=1e-6)


def test_building_reports_to_nobody(small: object, tmp_path: Path) -> None:
    assert start(small, tmp_path, "build") == {"loaded": True, "network": []}


def test_openvino_runs_on_its_stand_in_for_usage_reports(small: object) -> None:
    from live_emotion.runtime.openvino_library import openvino

    openvino()
    from openvino.tools.ovc import telemetry_utils

    reporter = telemetry_utils.init_ovc_telemetry()
    assert type(reporter).__module__ == "openvino.tools.ovc.telemetry_stub"
