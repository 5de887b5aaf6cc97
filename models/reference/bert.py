"""Reference vectors for the `bert` architecture, computed by Hugging Face transformers.

    python -m venv VENV && VENV/bin/pip install -r models/reference/requirements.txt
    VENV/bin/python models/reference/bert.py crates/inference-candle/tests/fixtures MINILM

writes, into the first folder, `tiny-bert/` (a BERT with random weights, small enough for the
repository), `tiny-reranker/` (the same with a classification head), and `minilm.json` for the
model all-MiniLM-L6-v2 that lies unpacked in the second folder. Only the vectors of the last go
into the repository.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

TEXTS = [
    "Aufenthaltserlaubnis",
    "Welche Unterlagen braucht man für die Niederlassungserlaubnis?",
    "Die Ausländerbehörde kann von der Erteilungsvoraussetzung absehen, wenn ein Anspruch besteht.",
    "Der Lebensunterhalt ist gesichert, § 5 Abs. 1 Nr. 1 AufenthG.",
    "A residence permit is issued for a stated purpose.",
    "",
    "Mietvertrag über 1.234,56 € – Kaltmiete, 3 Zimmer, ab 01.02.2026",
    "Nachweis der Krankenversicherung " * 60,
]
PAIRS = [
    ("Wer sichert den Lebensunterhalt?", "Der Lebensunterhalt ist gesichert."),
    ("Wer sichert den Lebensunterhalt?", "Die Gebühr beträgt 100 Euro."),
    ("Gebühr", "Die Gebühr für die Niederlassungserlaubnis beträgt 113 Euro."),
]
TINY_TOKENS_MAX = 48
MINILM_TOKENS_MAX = 256


def tiny_tokenizer(folder):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    # Hugging Face ships tokenizers that pad and cut; ours has to ignore both.
    tokenizer.enable_padding(length=16)
    tokenizer.enable_truncation(max_length=16)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def tiny_config(tokenizer):
    return BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.6,
        num_labels=1,
    )


def randomise(model):
    """Biases and norms too: a fresh model has them at 0 and 1, which would hide a mistake."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.3)
            elif "LayerNorm.weight" in name:
                parameter.uniform_(0.5, 1.5)


def encode(tokenizer, tokens_max, *texts):
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]"
    )
    return fast(*texts, truncation=True, max_length=tokens_max, return_tensors="pt", return_token_type_ids=True)


def embeddings(model, tokenizer, tokens_max):
    cases = []
    for text in TEXTS:
        inputs = encode(tokenizer, tokens_max, text)
        with torch.no_grad():
            states = model(**inputs).last_hidden_state[0]
        rounded = lambda vector: [round(value, 7) for value in torch.nn.functional.normalize(vector, dim=0).tolist()]
        cases.append({"text": text, "ids": inputs["input_ids"][0].tolist(), "mean": rounded(states.mean(0)), "cls": rounded(states[0])})
    return cases


FILES = ["config.json", "model.safetensors", "tokenizer.json"]


def write_manifest(folder, name, task, dimensions, pooling, architecture="bert", files=FILES):
    lines = [
        f'name = "{name}"', f'task = "{task}"', f'architecture = "{architecture}"', 'licence = "Apache-2.0"',
        'description = "Random weights, for tests."', 'dtype = "float32"', f"tokens_max = {TINY_TOKENS_MAX}",
        f"dimensions = {dimensions}", f'pooling = "{pooling}"', "", "[files]",
    ]
    for file in files:
        lines.append(f'"{file}" = "{hashlib.sha256((folder / file).read_bytes()).hexdigest()}"')
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n")


def write_cases(path, cases):
    path.write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")


def main(fixtures, minilm):
    torch.manual_seed(7)
    torch.set_num_threads(1)
    folder = fixtures / "tiny-bert"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer(folder)
    model = BertModel(tiny_config(tokenizer)).eval()
    randomise(model)
    model.save_pretrained(folder)
    write_manifest(folder, "tiny-bert", "embed", 32, "mean")
    write_cases(folder / "reference.json", embeddings(model, tokenizer, TINY_TOKENS_MAX))

    folder = fixtures / "tiny-reranker"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer(folder)
    model = BertForSequenceClassification(tiny_config(tokenizer)).eval()
    randomise(model)
    model.save_pretrained(folder)
    write_manifest(folder, "tiny-reranker", "rerank", 1, "none")
    cases = []
    for query, text in PAIRS:
        with torch.no_grad():
            score = model(**encode(tokenizer, TINY_TOKENS_MAX, query, text)).logits[0][0].item()
        cases.append({"query": query, "text": text, "score": score})
    write_cases(folder / "reference.json", cases)

    tokenizer = Tokenizer.from_file(str(minilm / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    model = BertModel.from_pretrained(minilm).eval()
    cases = embeddings(model, tokenizer, MINILM_TOKENS_MAX)
    write_cases(fixtures / "minilm.json", [{key: case[key] for key in ("text", "ids", "mean")} for case in cases])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
