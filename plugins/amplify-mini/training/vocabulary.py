"""The model's tokenizer and its frozen word vectors, both made from MiniLM's vocabulary."""

from __future__ import annotations

import string

import torch
from safetensors.torch import load_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from training.word_lists import minilm_folder, minilm_vocabulary, word_lists

SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")
BREAK = "¶"
"""One token for a run of line breaks; the model ends its answer with it."""
PIECES = 500
NORM = 4.0
"""Length of every word vector; the final norm's weight (.25) makes the largest logit about 16."""


def entries() -> list[str]:
    """List the tokens in order of their ids."""
    characters = [c for c in string.printable if not c.isspace() and not c.isupper()]
    letters = ["##" + c for c in string.ascii_lowercase]
    pieces = [
        p
        for p in minilm_vocabulary()
        if p.startswith("##") and p[2:].isascii() and p[2:].isalpha() and 1 < len(p[2:]) < 5
    ]
    ordered = [*SPECIAL, BREAK, *characters, *letters, *pieces[:PIECES], *word_lists().whole]
    return list(dict.fromkeys(ordered))


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Make the tokenizer: lower case, whole words, one token per digit, mark and line break."""
    vocabulary = {token: i for i, token in enumerate(entries())}
    raw = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>", max_input_chars_per_word=200))
    raw.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"\s*\n\s*"), f" {BREAK} "),
        ]
    )
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(r"[a-z]+|[^a-z]"), behavior="isolated"),
        ]
    )
    raw.decoder = decoders.Sequence(
        [
            decoders.WordPiece(prefix="##", cleanup=True),
            decoders.Fuse(),
            decoders.Replace(Regex(f" ?{BREAK} ?"), "\n"),
            decoders.Replace("( ", "("),
            decoders.Replace(" )", ")"),
            decoders.Replace(" :", ":"),
        ]
    )
    raw.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A $B", special_tokens=[("<bos>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        model_max_length=2048,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def build_vectors(width: int) -> torch.Tensor:
    """Take MiniLM's word vectors, reduce and partly whiten them, and give all one length."""
    weights = load_file(minilm_folder() / "model.safetensors")
    name = next(key for key in weights if key.endswith("word_embeddings.weight"))
    rows = {token: i for i, token in enumerate(minilm_vocabulary())}
    generator = torch.Generator().manual_seed(0)
    tokens = entries()
    known = torch.tensor([t in rows for t in tokens])
    index = torch.tensor([rows.get(t, 0) for t in tokens])
    table = weights[name].float()[index]
    table = table - table[known].mean(0)
    table[~known] = torch.randn(int((~known).sum()), table.shape[1], generator=generator)
    table[~known] *= table[known].norm(dim=1).mean() / table.shape[1] ** 0.5
    left, values, _ = torch.linalg.svd(table, full_matrices=False)
    reduced = left[:, :width] * values[:width].pow(0.4)
    return torch.nn.functional.normalize(reduced, dim=1) * NORM
