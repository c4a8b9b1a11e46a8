"""What one kind of engine needs to be built and opened; one kit for each library."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from live_emotion.runtime.engine import Engine, EngineName, Form, Precision
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.sources import Source


class Kit(Protocol):
    """Builds and opens engines of one kind."""

    @property
    def name(self) -> EngineName:
        """Of the engine."""

    def refusal(self, recipe: Recipe, precision: Precision) -> str:
        """Return why this machine cannot run it, in a few words; ``""`` if it can."""

    def library(self) -> str:
        """Return name and version of what runs the engine."""

    def device(self) -> str:
        """Return what it runs on, with what decides how code is compiled for it."""

    def build(
        self,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        folder: Path,
        exact: Path | None,
    ) -> None:
        """Write what `open` needs into a folder, at least one file.

        Parameters
        ----------
        exact
            Folder of the same engine in float32 from which files may be shared, if there is one.
        """

    def open(
        self,
        folder: Path,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        form: Form,
        threads: int,
        *,
        keep: bool,
    ) -> Engine:
        """Open what `build` wrote.

        Parameters
        ----------
        keep
            Whether the library may keep what it compiled within the folder.
        """
