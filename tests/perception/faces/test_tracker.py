from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.scene import same_scene, scene_of
from live_emotion.perception.faces.tracker import FaceTracker, _assigned

from .conftest import frames

STEP = 0.2


def seen(x: float, y: float = 100.0, side: float = 100.0, confidence: float = 0.9) -> Detection:
    box = (x - side / 2, y - side / 2, side, side)
    return Detection(box, confidence, np.zeros((5, 2), np.float32))


def test_ids_begin_at_one_and_stay_while_a_face_moves() -> None:
    tracker = FaceTracker()
    ids = [tracker.update(i * STEP, [seen(100 + 60 * i)])[0].id for i in range(20)]
    assert ids == [1] * 20


def test_a_short_miss_keeps_the_id_and_a_long_one_ends_it() -> None:
    tracker = FaceTracker(survive_s=1.0)
    assert tracker.update(0.0, [seen(100)])[0].id == 1
    assert tracker.update(0.4, []) == []
    assert tracker.update(0.9, [seen(105)])[0].id == 1
    assert tracker.update(2.0, [seen(105)])[0].id == 2


def test_two_people_who_cross_keep_their_ids() -> None:
    tracker = FaceTracker()
    for i in range(21):
        left, right = seen(100 + 40 * i, 100), seen(900 - 40 * i, 160)
        faces = tracker.update(i * STEP, [right, left] if i % 2 else [left, right])
        assert [face.id for face in faces] == [1, 2]
        assert faces[0].box == left.box


@settings(max_examples=50, deadline=None)
@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.floats(0.0, 3.0))
    )
)
def test_who_belongs_to_whom_adds_up_to_the_most(fits: np.ndarray) -> None:
    pairs = _assigned(fits)
    assert len(pairs) == min(fits.shape)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    most = fits[linear_sum_assignment(fits, maximize=True)].sum()
    assert sum(fits[pair] for pair in pairs) == pytest.approx(most)


def test_an_unlike_size_is_another_person() -> None:
    tracker = FaceTracker()
    tracker.update(0.0, [seen(100, side=200)])
    assert tracker.update(STEP, [seen(100, side=60)])[0].id == 2


def test_the_largest_face_is_the_main_one_from_the_first() -> None:
    tracker = FaceTracker()
    assert tracker.main([]) is None
    faces = tracker.update(0.0, [seen(100, side=80), seen(400, side=160)])
    main = tracker.main(faces)
    assert main is not None and main.box[2] == 160


def test_the_main_face_does_not_flicker_between_two_alike() -> None:
    tracker, rng = FaceTracker(), np.random.default_rng(0)
    mains = set()
    for i in range(100):
        sides = 100 * rng.uniform(0.9, 1.1, 2)
        faces = tracker.update(i * STEP, [seen(100, side=sides[0]), seen(500, side=sides[1])])
        main = tracker.main(faces)
        assert main is not None
        mains.add(main.id)
    assert len(mains) == 1


def test_a_much_larger_face_takes_over_after_a_while_and_not_at_once() -> None:
    tracker = FaceTracker()
    tracker.update(0.0, [seen(100)])
    names = []
    for i in range(1, 30):
        main = tracker.main(tracker.update(i * STEP, [seen(100), seen(600, side=220)]))
        assert main is not None
        names.append(main.id)
    assert names[0] == 1 and names[-1] == 2
    assert names == sorted(names)  # one change, no way back


def test_nobody_stands_in_for_a_main_face_that_is_missed_briefly() -> None:
    tracker = FaceTracker()
    for i in range(10):
        tracker.update(i * STEP, [seen(100, side=150), seen(600, side=90)])
    assert tracker.main(tracker.update(2.0, [seen(600, side=90)])) is None
    back = tracker.main(tracker.update(2.2, [seen(100, side=150), seen(600, side=90)]))
    assert back is not None and back.box[2] == 150
    late = tracker.main(tracker.update(3.6, [seen(600, side=90)]))
    assert late is not None and late.box[2] == 90


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 1000), st.floats(1, 900)), max_size=12),
        max_size=25,
    )
)
def test_ids_are_unique_new_ones_ascend_and_tracks_are_bounded(
    pictures: list[list[tuple[float, float, float]]],
) -> None:
    tracker, highest = FaceTracker(most_tracks=4), 0
    for i, picture in enumerate(pictures):
        faces = tracker.update(i * STEP, [seen(x, y, side) for x, y, side in picture])
        ids = [face.id for face in faces]
        assert len(set(ids)) == len(ids) == min(len(picture), 4)
        new = [number for number in ids if number > highest]
        assert new == list(range(highest + 1, highest + 1 + len(new)))
        highest += len(new)
        assert len(tracker._tracks) <= 4
        main = tracker.main(faces)
        assert main is None or main in faces


@pytest.mark.data
def test_one_person_has_one_id_in_real_clips(finder: FaceFinder, clips: list[Path]) -> None:
    for clip in clips:
        tracker = FaceTracker()
        ids = {
            face.id
            for t, image in frames(clip, step=6)
            for face in tracker.update(t, finder.find(image))
        }
        assert ids == {1}, clip.name


def scene(seed: int) -> np.ndarray:
    """A picture with patches of its own."""
    patches = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), np.uint8)
    return scene_of(np.kron(patches, np.ones((20, 20, 1), np.uint8)))


@pytest.mark.parametrize(
    ("gap", "back", "where", "known"),
    [
        (3.0, scene(1), 110, True),
        (6.0, scene(1), 110, False),
        (3.0, scene(2), 110, False),
        (3.0, scene(1), 400, False),
        (3.0, None, 110, False),
    ],
    ids=["as before", "too long", "another scene", "another place", "scene not known"],
)
def test_who_was_missed_for_a_moment_is_known_again_in_the_same_place_and_scene(
    gap: float, back: np.ndarray | None, where: float, known: bool
) -> None:
    tracker = FaceTracker(survive_s=1.0)
    for k in range(5):
        tracker.update(k * STEP, [seen(100)], scene(1))
    t = 0.8
    while t < 0.8 + gap - 1e-6:
        t += STEP
        tracker.update(t, [], scene(1))
    faces = tracker.update(t + STEP, [seen(where)], back)
    assert [face.id for face in faces] == [1 if known else 2]
    main = tracker.main(faces)
    assert main is not None and main.id == faces[0].id


def test_a_camera_that_froze_shows_the_same_person_after_it() -> None:
    tracker = FaceTracker()
    tracker.update(0.0, [seen(100)], scene(1))
    tracker.update(STEP, [seen(100)], scene(1))
    assert tracker.update(12.0, [seen(105)], scene(1))[0].id == 1
    # Who knows who came while there was nothing to be seen for so long.
    assert tracker.update(60.0, [seen(105)], scene(1))[0].id == 2


def test_of_two_who_left_the_nearer_comes_back() -> None:
    tracker = FaceTracker()
    tracker.update(0.0, [seen(100), seen(190)], scene(1))
    assert [f.id for f in tracker.update(2.0, [seen(180)], scene(1))] == [2]
    assert [f.id for f in tracker.update(2.2, [seen(180), seen(100)], scene(1))] == [1, 2]


@pytest.mark.data
def test_real_pictures_of_one_person_are_one_scene_and_those_of_two_are_not(
    clips: list[Path],
) -> None:
    seen_by: dict[str, list[np.ndarray]] = {}
    for clip in clips:
        # The name tells who was filmed: the actor is its last part, or its second one.
        parts = clip.stem.replace("-", "_").split("_")
        who = parts[1] if parts[0] == "mead" else parts[-1]
        pictures = [image for _, image in frames(clip, step=10)]
        seen_by.setdefault(who, []).extend(map(scene_of, pictures))
    assert len(seen_by) == 2
    everyone = [(who, each) for who, scenes in seen_by.items() for each in scenes]
    for who, one in everyone:
        for other, two in everyone:
            assert same_scene(one, two) == (who == other)
    dim = np.clip(np.random.default_rng(3).normal(90, 30, (90, 160, 3)), 0, 200).astype(np.uint8)
    assert same_scene(scene_of(dim), scene_of(dim + np.uint8(40)))
