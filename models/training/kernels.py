"""The inner loops: sums of rows, their gradients, and the optimiser's step."""

import numpy as np
from numba import njit, prange

# A heading that is longer is a sentence.
PREFIX_TOKENS_MAX = 48


@njit(parallel=True, fastmath=True, cache=True)
def sum_rows(ids, borders, weights, table, out):
    """`out[i]` becomes the sum of `weights[id] * table[id]` over the ids of text `i`."""
    for i in prange(len(borders) - 1):
        row = out[i]
        row[:] = 0.0
        for k in range(borders[i], borders[i + 1]):
            weight = weights[ids[k]]
            source = table[ids[k]]
            for d in range(row.shape[0]):
                row[d] += weight * source[d]


@njit(parallel=True, fastmath=True, cache=True)
def scatter_rows(ids, borders, weights, gradient, out):
    """The gradient of `sum_rows` by its table, added to `out`. Each thread has its own columns, so
    that no two write to one place."""
    halves = 2
    width = out.shape[1] // halves
    for half in prange(halves):
        first = half * width
        last = out.shape[1] if half == halves - 1 else first + width
        for i in range(len(borders) - 1):
            for k in range(borders[i], borders[i + 1]):
                weight = weights[ids[k]]
                target = out[ids[k]]
                for d in range(first, last):
                    target[d] += weight * gradient[i, d]


@njit(parallel=True, fastmath=True, cache=True)
def adam(table, gradient, mean, square, rate, step):
    """One step of Adam for the rows that have a gradient, which is set back to zero."""
    mean_bias = np.float32(1.0 - 0.9**step)
    square_bias = np.float32(1.0 - 0.999**step)
    for i in prange(table.shape[0]):
        touched = False
        for d in range(table.shape[1]):
            if gradient[i, d] != 0.0:
                touched = True
                break
        if not touched:
            continue
        for d in range(table.shape[1]):
            g = gradient[i, d]
            mean[i, d] = np.float32(0.9) * mean[i, d] + np.float32(0.1) * g
            square[i, d] = np.float32(0.999) * square[i, d] + np.float32(0.001) * g * g
            step_size = rate / mean_bias
            table[i, d] -= step_size * mean[i, d] / (
                np.sqrt(square[i, d] / square_bias) + np.float32(1e-12)
            )
            gradient[i, d] = 0.0


@njit(cache=True)
def assemble(tokens, sections, rows, options, seed, ids, borders):
    """Writes query and passage of each pair: queries first, then passages, each a stretch of
    tokens with some dropped. Returns how many tokens were written."""
    np.random.seed(seed)
    dropout, tokens_max, question_kind = options[0], int(options[1]), int(options[2])
    question_dropout, prefix_share = options[3], options[4:]
    count = len(rows)
    written = 0
    borders[0] = 0
    for i in range(count):
        end = min(rows[i, 1], rows[i, 0] + tokens_max)
        rate = question_dropout if rows[i, 5] >= question_kind else dropout
        before = written
        written = _copy(tokens, rows[i, 0], end, 0, 0, rate, ids, written)
        if written == before:
            # All of a short query was dropped.
            written = _copy(tokens, rows[i, 0], end, 0, 0, 0.0, ids, written)
        borders[i + 1] = written
    for i in range(count):
        start, end, prefix_start, prefix_end, read_to = sections[rows[i, 2]]
        prefix_end = min(prefix_end, prefix_start + PREFIX_TOKENS_MAX)
        kind = rows[i, 5]
        if kind > question_kind:
            # Question against question.
            before = written
            written = _copy(
                tokens, rows[i, 3], rows[i, 4], 0, 0, question_dropout, ids, written
            )
            if written == before:
                written = _copy(tokens, rows[i, 3], rows[i, 4], 0, 0, 0.0, ids, written)
            borders[count + i + 1] = written
            continue
        if kind == question_kind:
            end = read_to
        if np.random.random() < prefix_share[kind]:
            written = _copy(tokens, prefix_start, prefix_end, 0, 0, dropout, ids, written)
        length = np.random.randint(110, tokens_max + 1)
        if end - start > length:
            if np.random.random() < 0.6:
                start += np.random.randint(0, end - start - length + 1)
            end = start + length
        hole_start, hole_end = rows[i, 3], rows[i, 4]
        before = written
        written = _copy(tokens, start, end, hole_start, hole_end, dropout, ids, written)
        if written - before < 4:
            # The window was all hole: from the section's beginning, then.
            first = sections[rows[i, 2], 0]
            last = min(sections[rows[i, 2], 1], first + tokens_max + hole_end - hole_start)
            written = _copy(tokens, first, last, hole_start, hole_end, 0.0, ids, before)
        borders[count + i + 1] = written
    return written


@njit(cache=True)
def _copy(tokens, start, end, hole_start, hole_end, dropout, ids, written):
    for k in range(start, end):
        if hole_start <= k < hole_end or np.random.random() < dropout:
            continue
        ids[written] = tokens[k]
        written += 1
    return written
