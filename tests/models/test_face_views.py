"""One face, read from several views."""

from __future__ import annotations

import pytest
import torch

from live_emotion.core.face_views import ALL, ALONE, MIRRORED, NEAR, SHIFTS
from live_emotion.models.branches import build_branch
from live_emotion.models.face_views import views_of
from live_emotion.models.presets import preset_named


def test_the_views_are_the_face_moved_nearer_and_mirrored() -> None:
    faces = torch.rand(2, 3, 48, 48)
    views = views_of(faces, ALL).reshape(ALL, 2, 3, 48, 48)
    upright, mirrored = views[: ALL // 2], views[ALL // 2 :]
    torch.testing.assert_close(mirrored, upright.flip(-1))
    torch.testing.assert_close(upright[0], faces)
    for view, rows in zip(upright, SHIFTS, strict=False):
        if rows > 0:
            torch.testing.assert_close(view[..., :-rows, :], faces[..., rows:, :])
            torch.testing.assert_close(view[..., -1, :], faces[..., -1, :])
        elif rows < 0:
            torch.testing.assert_close(view[..., -rows:, :], faces[..., :rows, :])
            torch.testing.assert_close(view[..., 0, :], faces[..., 0, :])
    # A ramp keeps its middle and flattens by what is cut off.
    ramp = torch.linspace(0, 1, 48).expand(1, 3, 48, 48)
    near = views_of(ramp, ALL)[len(SHIFTS)]
    assert near.mean() == pytest.approx(0.5, abs=1e-3)
    across = float(near[0, 0, 40] - near[0, 0, 8])
    assert across == pytest.approx(32 / 47 * (48 - 2 * NEAR) / 48, rel=1e-3)


def test_fewer_views() -> None:
    faces = torch.rand(3, 3, 48, 48)
    assert views_of(faces, ALONE) is faces
    torch.testing.assert_close(views_of(faces, MIRRORED), torch.cat((faces, faces.flip(-1))))
    with pytest.raises(ValueError, match="not 5"):
        views_of(faces, 5)


def test_presets_say_how_often_a_face_is_read() -> None:
    assert preset_named("live").face_views == ALL
    assert preset_named("paper").face_views == MIRRORED
    assert preset_named("v2em").face_views == ALONE


@torch.no_grad()
def test_the_branch_takes_the_mean_over_the_views() -> None:
    vision = build_branch("vision", preset_named("live")).eval()
    face = torch.rand(1, 3, 48, 48)
    present = torch.ones(1, 1, dtype=torch.bool)
    mean = vision.encoder(views_of(face, ALL)).mean(0)
    expected = vision.sequence(mean[None, None], present)
    torch.testing.assert_close(vision(face[:, None], present), expected, atol=1e-5, rtol=1e-4)
