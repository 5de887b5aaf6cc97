"""What the networks of PP-OCRv6 compute in the reader, beside what onnxruntime computes of them.

Both get the same image, whose brightness is a sum of waves, so that neither a file nor chance is
needed; the reader writes its numbers as little-endian floats.
"""

import subprocess
from pathlib import Path

import numpy as np
import onnxruntime

# Edges of the images for both networks.
SHAPES = {"PP-OCRv6_det_small.onnx": (640, 480), "PP-OCRv6_rec_small.onnx": (48, 640)}


def image(height: int, width: int) -> np.ndarray:
    """As `read-file probe` makes it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (np.sin(x * 0.37) * np.cos(y * 0.23 + x * 0.011)).astype(np.float32)


def compare(reader: Path, folder: Path) -> None:
    print("| network | numbers | largest number | largest difference to onnxruntime | same best label |")
    print("|---|---:|---:|---:|---:|")
    for name, (height, width) in SHAPES.items():
        call = [reader, "probe", folder / name, str(height), str(width)]
        ours = np.frombuffer(subprocess.run(call, check=True, capture_output=True).stdout, "<f4")
        session = onnxruntime.InferenceSession(folder / name, providers=["CPUExecutionProvider"])
        batch = np.repeat(image(height, width)[None, None], 3, axis=1)
        theirs = session.run(None, {session.get_inputs()[0].name: batch})[0]
        assert ours.size == theirs.size, (ours.size, theirs.shape)
        difference = np.abs(ours - theirs.ravel()).max()
        same = "–"
        if theirs.ndim == 3:
            best = [values.reshape(theirs.shape).argmax(-1) for values in (ours, theirs)]
            same = f"{(best[0] == best[1]).sum()} / {best[0].size}"
        print(f"| {name} | {ours.size} | {theirs.max():.4f} | {difference:.2g} | {same} |")
        assert difference < 1e-3, f"{name} computes something else"
    print()
