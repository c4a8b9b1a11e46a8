"""The views of a face as tensors; see `live_emotion.core.face_views`."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from live_emotion.core.face_views import ALL, ALONE, MIRRORED, NEAR, SHIFTS


def views_of(faces: Tensor, count: int) -> Tensor:
    """Return the images that are read of faces, the mirror images behind the others.

    Parameters
    ----------
    faces
        ``(N, 3, 48, 48)``.
    count
        `ALONE`, `MIRRORED` or `ALL`.

    Returns
    -------
    Tensor
        ``(count * N, 3, 48, 48)``: of all faces the first view, then of all the second.

    Raises
    ------
    ValueError
        If `count` is none of these.
    """
    if count == ALONE:
        return faces
    if count not in (MIRRORED, ALL):
        raise ValueError(f"a face is read {ALONE}, {MIRRORED} or {ALL} times, not {count}")
    plain = [faces]
    if count == ALL:
        plain = [*(_moved(faces, rows) for rows in SHIFTS), _nearer(faces)]
    upright = torch.cat(plain)
    return torch.cat((upright, upright.flip(-1)))


def _moved(faces: Tensor, rows: int) -> Tensor:
    height = faces.shape[-2]
    at = (torch.arange(height, device=faces.device) + rows).clamp(0, height - 1)
    return faces.index_select(-2, at)


def _nearer(faces: Tensor) -> Tensor:
    inner = faces[..., NEAR:-NEAR, NEAR:-NEAR]
    return F.interpolate(inner, faces.shape[-2:], mode="bilinear", align_corners=False)
