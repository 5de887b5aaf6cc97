"""Reference vectors for the `static` architecture, computed with numpy from the shipped model.

    VENV/bin/python models/reference/static.py models/recht-static-512 \
        crates/inference-candle/tests/fixtures/recht-static-512.json

Run it again when the shipped model changes.
"""

import json
import sys
from pathlib import Path

import numpy
from safetensors.numpy import load_file
from tokenizers import Tokenizer

TEXTS = [
    "Aufenthaltserlaubnis",
    "Aufenthaltserlaubnisse",
    "Welche Unterlagen braucht man für die Niederlassungserlaubnis?",
    "AufenthG § 5: Der Lebensunterhalt ist gesichert.",
    "Ｆｕｌｌ ｗｉｄｔｈ, ﬁnanziell, 1.234,56 €",
]


def main(folder, path):
    tensors = load_file(folder / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        rows = tensors["embedding_q8"][ids].astype(numpy.float64) * tensors["row_scale"][ids][:, None]
        vector = rows.sum(0)
        vector /= numpy.linalg.norm(vector)
        cases.append({"text": text, "ids": ids, "vector": [round(value, 7) for value in vector.tolist()]})
    path.write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
