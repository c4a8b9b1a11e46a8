from __future__ import annotations

from pathlib import Path

import pytest

from live_emotion.core.errors import UserError
from live_emotion.runtime.check import checked_sizes, draw_inputs
from live_emotion.runtime.engine import ENCODERS, EncoderName
from live_emotion.runtime.recipe_file import load_recipe

GOOD = """
encoder = "text"
branch = "text"
forms = [""]

[dims.length]
min = 16
max = 128
check = [16, 48]

[[inputs]]
name = "ids"
dtype = "int64"
shape = [1, "length"]
values = { kind = "integers", low = 0, high = "vocabulary" }

[[outputs]]
name = "logits"
shape = [1, 6]

[allowed_error.float32]
absolute = 1e-5
relative = 1e-4
"""


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_recipe_reads_and_draws(encoder: EncoderName, rng) -> None:
    recipe = load_recipe(encoder)
    for sizes in checked_sizes(recipe):
        drawn = draw_inputs(recipe, sizes, {"vocabulary": 50}, rng)
        for spec in recipe.inputs:
            assert drawn[spec.name].dtype == spec.dtype
            assert len(drawn[spec.name].shape) == len(spec.shape)
            if spec.values["kind"] in ("some", "prefix"):
                assert drawn[spec.name].any(axis=-1).all()
            if spec.values["kind"] == "integers":
                assert drawn[spec.name].max() < 50


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('encoder = "text"', 'encoder = "audio_piece"', "it is for 'audio_piece'"),
        ('branch = "text"', 'branch = "smell"', "unknown branch 'smell'"),
        ('forms = [""]', 'forms = ["round"]', "forms"),
        ('forms = [""]', "", "lacks 'forms'"),
        ('forms = [""]', 'forms = [""]\nspeed = 3', "unknown entry 'speed'"),
        ("min = 16", "min = 200", "runs from 200 to 128"),
        ("check = [16, 48]", "check = [8]", "outside its range"),
        ('dtype = "int64"', 'dtype = "int63"', "int63"),
        ('shape = [1, "length"]', 'shape = [1, "breadth"]', "breadth"),
        ('shape = [1, "length"]', "shape = [1, 16]", "in no input"),
        ('kind = "integers"', 'kind = "dice"', "dice"),
        (', high = "vocabulary"', "", "lack 'high'"),
        ("float32]", "float31]", "unknown precision 'float31'"),
        ("absolute = 1e-5", "absolute = -1", "negative"),
        ("absolute = 1e-5", "absolute = ", "Invalid value"),
        ("relative = 1e-4", "", "lacks 'relative'"),
    ],
)
def test_a_wrong_recipe_is_one_clear_sentence(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in GOOD
    (tmp_path / "text.toml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(UserError, match="is wrong") as caught:
        load_recipe("text", tmp_path)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_recipe(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"text\.toml is missing"):
        load_recipe("text", tmp_path)


def test_the_good_recipe_reads(tmp_path: Path) -> None:
    (tmp_path / "text.toml").write_text(GOOD)
    recipe = load_recipe("text", tmp_path)
    assert [s["length"] for s in checked_sizes(recipe)] == [16, 48]
    assert recipe.allowed_error["float32"].absolute == 1e-5
