"""Reference answers for `xlm-roberta` and `modernbert`, computed by Hugging Face transformers.

    VENV/bin/python models/reference/encoders.py crates/inference-candle/tests/fixtures

writes, for each of the two, a model with random weights that embeds and one that classifies, small
enough for the repository, with the tokenizers of their kind: pieces of a unigram model, and bytes.
"""

import json
import sys
from pathlib import Path

import torch
from bert import PAIRS, TEXTS, randomise, write_cases, write_manifest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    ModernBertConfig,
    ModernBertForSequenceClassification,
    ModernBertModel,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaModel,
)

TOKENS_MAX = 48
LABELS = ["antrag", "bescheid", "vertrag"]


def unigram_tokenizer():
    """As XLM-R's: padding is id 1, and a pair has two separators between its texts."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=180, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def byte_tokenizer():
    """As ModernBERT's: byte pairs that know no unknown character."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["[PAD]", "[CLS]", "[SEP]"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return tokenizer


def xlm_roberta(tokenizer, **more):
    return XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=96, max_position_embeddings=TOKENS_MAX + 2, type_vocab_size=1, initializer_range=0.2,
        layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2, **more,
    )


def modern_bert(tokenizer, **more):
    """Four layers, so that global attention comes twice; a window well below the longest text."""
    return ModernBertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=48, max_position_embeddings=64, local_attention=8, initializer_range=0.2,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, **more,
    )


def states(model, ids):
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids]))


def save(folder, model, tokenizer, architecture, task, dimensions, pooling):
    folder.mkdir(parents=True, exist_ok=True)
    randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                parameter.uniform_(0.5, 1.5)
    model.save_pretrained(folder)
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS_MAX)
    files = ["config.json", "model.safetensors", "tokenizer.json"]
    if task == "classify":
        (folder / "labels.json").write_text(json.dumps(LABELS) + "\n")
        files.append("labels.json")
    write_manifest(folder, folder.name, task, dimensions, pooling, architecture, files)


def embedder(folder, model, tokenizer, architecture):
    save(folder, model, tokenizer, architecture, "embed", 64, "mean")
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        rows = states(model, ids).last_hidden_state[0]
        rounded = lambda vector: [round(value, 7) for value in torch.nn.functional.normalize(vector, dim=0).tolist()]
        cases.append({"text": text, "ids": ids, "mean": rounded(rows.mean(0)), "cls": rounded(rows[0])})
    write_cases(folder / "reference.json", cases)


def classifier(folder, model, tokenizer, architecture):
    save(folder, model, tokenizer, architecture, "classify", len(LABELS), "none")
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        cases.append({"text": text, "ids": ids, "scores": states(model, ids).logits[0].tolist()})
    write_cases(folder / "reference.json", cases)


def reranker(folder, model, tokenizer, architecture):
    save(folder, model, tokenizer, architecture, "rerank", 1, "none")
    cases = []
    for query, text in PAIRS:
        score = states(model, tokenizer.encode(query, text).ids).logits[0][0].item()
        cases.append({"query": query, "text": text, "score": score})
    write_cases(folder / "reference.json", cases)


def main(fixtures):
    torch.manual_seed(11)
    torch.set_num_threads(1)
    tokenizer = unigram_tokenizer()
    name = "xlm-roberta"
    embedder(fixtures / "tiny-xlm-roberta", XLMRobertaModel(xlm_roberta(tokenizer)).eval(), tokenizer, name)
    model = XLMRobertaForSequenceClassification(xlm_roberta(tokenizer, num_labels=3)).eval()
    classifier(fixtures / "tiny-xlm-roberta-classifier", model, tokenizer, name)
    model = XLMRobertaForSequenceClassification(xlm_roberta(tokenizer, num_labels=1)).eval()
    reranker(fixtures / "tiny-xlm-roberta-reranker", model, tokenizer, name)

    tokenizer = byte_tokenizer()
    name = "modernbert"
    embedder(fixtures / "tiny-modernbert", ModernBertModel(modern_bert(tokenizer)).eval(), tokenizer, name)
    # The variants of the configuration that the first one leaves out: biases, pooling by the mean.
    more = {"norm_bias": True, "attention_bias": True, "mlp_bias": True, "classifier_bias": True}
    config = modern_bert(tokenizer, num_labels=3, classifier_pooling="mean", **more)
    classifier(fixtures / "tiny-modernbert-classifier", ModernBertForSequenceClassification(config).eval(), tokenizer, name)
    model = ModernBertForSequenceClassification(modern_bert(tokenizer, num_labels=1)).eval()
    reranker(fixtures / "tiny-modernbert-reranker", model, tokenizer, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
