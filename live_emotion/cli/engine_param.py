"""The option ``--engine``: auto, an engine, or an engine with its precision."""

from __future__ import annotations

import click


class EngineParam(click.ParamType[str]):
    """An engine by name: ``auto``, ``openvino``, ``openvino:bfloat16`` and the like."""

    name = "ENGINE[:PRECISION]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the name as it is, if there is such an engine in such a precision."""
        from live_emotion.core.errors import UserError
        from live_emotion.runtime.wish import parse_wish

        text = str(value)
        try:
            parse_wish(text)
        except UserError as error:
            self.fail(str(error), param, ctx)
        return text


_HELP = (
    "What runs the networks: auto (the fastest that passes its check here), torch, openvino, cuda, "
    "tensorrt or rtx, maybe with a precision: openvino:bfloat16."
)

engine_option = click.option(
    "--engine", type=EngineParam(), default="auto", show_default=True, help=_HELP
)
