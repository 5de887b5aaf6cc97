"""A trained table as a model folder: int8 rows, tokenizer and manifest."""

import hashlib
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

_MANIFEST = """\
name = "{name}"
task = "embed"
architecture = "static"
licence = "Apache-2.0"
description = "German legal text to {dimensions} dimensions: the normalised sum of learned token \
vectors."
dtype = "int8"
tokens_max = 512
dimensions = {dimensions}
pooling = "mean"
passage_prefix = ""
query_prefix = ""

[files]
"""
_FILES = ("model.safetensors", "tokenizer.json")


def quantize(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows as int8 with one scale each."""
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-12) / 127
    values = np.clip(np.rint(rows / scale[:, None]), -127, 127).astype(np.int8)
    return values, scale.astype(np.float32)


def write(folder: Path, rows: np.ndarray, token_weights: np.ndarray, tokenizer: bytes) -> None:
    """Writes the model's files; what else lies in the folder stays."""
    folder.mkdir(parents=True, exist_ok=True)
    values, scale = quantize(rows)
    tensors = {
        "embedding_q8": values,
        "row_scale": scale,
        "token_weight": token_weights.astype(np.float32),
    }
    save_file(tensors, folder / _FILES[0], metadata={"format": "static-sum"})
    (folder / _FILES[1]).write_bytes(tokenizer)
    manifest = _MANIFEST.format(name=folder.name, dimensions=rows.shape[1])
    for name in _FILES:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        manifest += f'"{name}" = "{digest}"\n'
    (folder / "manifest.toml").write_text(manifest, encoding="utf-8")
