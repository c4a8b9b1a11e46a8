"""What every training loop shares: device, precision, seeds, schedule, averaged weights."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from live_emotion.core.errors import UserError


def choose_device(name: str) -> torch.device:
    """Return the device called ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    UserError
        If the name is another, or CUDA was asked for and is not there.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise UserError(f"There is no device “{name}”: choose auto, cpu or cuda.")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise UserError("No CUDA device was found: use --device cpu or --device auto.")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def set_threads(threads: int | None) -> None:
    """Let torch use `threads` CPU threads; None leaves its own choice."""
    if threads is not None:
        torch.set_num_threads(max(1, threads))


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's global random numbers."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - libraries may still draw from it
    torch.manual_seed(seed)


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 natively (AVX512-BF16 or AMX)."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as info:  # noqa: PTH123
            flags = next((line for line in info if line.startswith("flags")), "")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


class Precision:
    """Mixed precision: bfloat16 where the device has it, float16 with a loss scale else.

    Parameters
    ----------
    device
        Where the network runs.
    mixed
        False keeps everything in float32.
    """

    def __init__(self, device: torch.device, *, mixed: bool = True) -> None:
        self.device = device
        self.dtype: torch.dtype | None = None
        if mixed and device.type == "cuda":
            self.dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        elif mixed and cpu_has_bfloat16():
            self.dtype = torch.bfloat16
        self._scaler = torch.amp.GradScaler(device.type, enabled=self.dtype is torch.float16)

    def autocast(self) -> AbstractContextManager[None]:
        """Return the context for the forward pass."""
        return torch.autocast(
            self.device.type, self.dtype or torch.bfloat16, enabled=self.dtype is not None
        )

    def step(
        self,
        loss: Tensor,
        optimizer: torch.optim.Optimizer,
        parameters: Iterable[nn.Parameter],
        clip: float = 1.0,
    ) -> float:
        """Go back through `loss`, clip the gradient's norm, and step. Return that norm."""
        optimizer.zero_grad(set_to_none=True)
        scaled: Tensor = self._scaler.scale(loss)
        scaled.backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(optimizer)
        norm = nn.utils.clip_grad_norm_(list(parameters), clip)
        self._scaler.step(optimizer)
        self._scaler.update()
        return float(norm)

    def state_dict(self) -> dict[str, Any]:
        """Return the loss scale's state."""
        return self._scaler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take a loss scale's state up again."""
        if state:
            self._scaler.load_state_dict(state)


def cosine_schedule(
    optimizer: torch.optim.Optimizer, total_steps: int, warmup_steps: int = 0, floor: float = 0.0
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return a schedule: linear warm-up, then half a cosine down to `floor` of the rate.

    Loshchilov & Hutter, SGDR (ICLR 2017), without restarts. Call its `step` after every batch.
    """

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        done = (step - warmup_steps) / max(1, total_steps - warmup_steps)
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


class Ema:
    """Exponential moving average of a module's weights and statistics.

    Attributes
    ----------
    module
        The averaged copy, in evaluation mode; use it to validate and to export.
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards `module`; early updates move it faster."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for kept, new in zip(self.module.parameters(), module.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)
        for held, fresh in zip(self.module.buffers(), module.buffers(), strict=True):
            if held.is_floating_point():
                held.lerp_(fresh, 1 - decay)
            else:
                held.copy_(fresh)

    def state_dict(self) -> dict[str, Any]:
        """Return the averaged weights and the number of updates."""
        return {"module": self.module.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take averaged weights up again."""
        self.module.load_state_dict(state["module"])
        self.updates = int(state["updates"])


def decay_groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return two parameter groups: matrices and kernels with weight decay, the rest without."""
    trained = [p for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
