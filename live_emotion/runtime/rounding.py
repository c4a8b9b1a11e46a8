"""Round the weights of a linear layer to 8 bits so that its outputs move least.

Each output gets a scale of its own, its largest weight over 127. Columns are then rounded one
after the other, and what rounding a column did to the outputs is made up for in the columns that
are still to come, by how inputs go together: Frantar, Ashkboos, Hoefler and Alistarh, "GPTQ:
Accurate Post-Training Quantization for Generative Pre-trained Transformers" (ICLR 2023,
algorithm 1), here with every column in its own place.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Codes = NDArray[np.int8]
Matrix = NDArray[np.float64]

STEPS: Final = 127
_BLOCK: Final = 64
_DAMPING: Final = 0.01  # of the mean of the diagonal: inputs that were never seen must not count


def scales_of(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the width of a step of every output, ``(N, 1)`` float32, above zero.

    Parameters
    ----------
    weights
        ``(N, K)``, outputs by inputs.
    """
    most = np.abs(weights).max(axis=1, keepdims=True)
    scales: NDArray[np.float32] = np.where(most > 0, most / STEPS, 1.0).astype(np.float32)
    return scales


def round_plainly(weights: NDArray[np.float32], scales: NDArray[np.float32]) -> Codes:
    """Return every weight's nearest step, ``(N, K)`` in -127..127."""
    return np.clip(np.round(weights / scales), -STEPS, STEPS).astype(np.int8)


def round_for_inputs(
    weights: NDArray[np.float32], scales: NDArray[np.float32], follows: Matrix
) -> Codes:
    """Return steps ``(N, K)`` in -127..127 that keep the outputs on known inputs.

    Parameters
    ----------
    weights, scales
        ``(N, K)``, and ``(N, 1)`` as of `scales_of`.
    follows
        ``(K, K)`` as of `propagation`.
    """
    count = weights.shape[1]
    left = weights.astype(np.float64)
    step = scales[:, 0].astype(np.float64)
    codes = np.empty(weights.shape, np.int8)
    for begin in range(0, count, _BLOCK):
        end = min(begin + _BLOCK, count)
        # One column after the other: as rows, they lie in one piece.
        block = np.ascontiguousarray(left[:, begin:end].T)
        errors = np.empty_like(block)
        for k, column in enumerate(block):
            row = follows[begin + k, begin:end]
            rounded = np.clip(np.round(column / step), -STEPS, STEPS)
            codes[:, begin + k] = rounded
            errors[k] = (column - rounded * step) / row[k]
            block[k + 1 :] -= row[k + 1 :, np.newaxis] * errors[k]
        left[:, end:] -= errors.T @ follows[begin:end, end:]
    return codes


def propagation(gram: Matrix) -> Matrix:
    """Return the upper triangle ``U`` with ``U.T @ U`` the inverse of the damped `gram`.

    Row ``k`` says what an error in column ``k`` asks of the columns behind it.

    Parameters
    ----------
    gram
        ``(K, K)``: sum over inputs ``x`` of their outer products with themselves.
    """
    mean = float(np.trace(gram)) / len(gram)
    # Factored from its last row on, since the inverse of R @ R.T is inv(R).T @ inv(R).
    turned = np.ascontiguousarray(gram[::-1, ::-1])
    turned[np.diag_indices(len(gram))] += _DAMPING * mean if mean > 0 else 1.0
    lower = scipy.linalg.cholesky(turned, lower=True, overwrite_a=True, check_finite=False)
    upper = np.asfortranarray(lower[::-1, ::-1])
    inverse, failed = scipy.linalg.lapack.dtrtri(upper, overwrite_c=True)
    if failed:
        raise ValueError("its inputs cannot be told apart")
    return np.ascontiguousarray(inverse)
