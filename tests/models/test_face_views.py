from __future__ import annotations

import torch

from live_emotion.models.branches import VisionBranch
from live_emotion.models.face_views import views_of
from live_emotion.models.presets import preset_named


def test_mirror_images_stand_behind_the_faces() -> None:
    faces = torch.rand(3, 3, 48, 48)
    assert views_of(faces, 1) is faces
    torch.testing.assert_close(views_of(faces, 2), torch.cat((faces, faces.flip(-1))))


def test_the_published_networks_see_no_mirror_image() -> None:
    assert preset_named("live").face_views == 2
    assert preset_named("paper").face_views == 2
    assert preset_named("v2em").face_views == 1


def test_a_face_and_its_mirror_image_have_the_same_scores() -> None:
    torch.manual_seed(0)
    vision = VisionBranch(preset_named("live")).eval()
    face = torch.rand(1, 1, 3, 48, 48)
    there = torch.ones(1, 1, dtype=torch.bool)
    with torch.inference_mode():
        torch.testing.assert_close(vision(face, there), vision(face.flip(-1), there))
        alone = vision.sequence(vision.encoder(face[0])[None], there)
    assert not torch.allclose(vision(face, there), alone)
