"""Small random models with real tokenizers, trained and saved in the test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

WORDS = (
    "the a house walked quickly under seven green lamp table river street music window paper"
    " cloud garden morning letter chair splendid lovely dreadful gloomy answer review good bad yes"
    " no question which is worse rain snow Ünïted naïve don't über café 東京 e-mail"
)


def _tokenizer(kind: str, folder: Path, size: int) -> None:
    import transformers
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from tokenizers import trainers as t

    corpus = [WORDS, WORDS.title(), "Answer: it was . , ? ! : ; ( ) A B C 1 2 3 4\n"] * 3
    if kind == "bert":
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tok.normalizer = normalizers.BertNormalizer(lowercase=True)
        tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tok.train_from_iterator(corpus, t.WordPieceTrainer(vocab_size=size, special_tokens=special))
        tok.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        names = dict(zip(("pad", "unk", "cls", "sep", "mask"), special, strict=True))
    else:
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        tok = Tokenizer(models.BPE())
        tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tok.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = t.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet)
        tok.train_from_iterator(corpus, trainer)
        if kind == "roberta":
            tok.post_processor = processors.RobertaProcessing(
                ("</s>", 2), ("<s>", 0), add_prefix_space=False
            )
            names = dict(zip(("bos", "pad", "eos", "unk", "mask"), special, strict=True), cls="<s>")
            names["sep"] = "</s>"
        else:
            tok.post_processor = processors.ByteLevel(trim_offsets=False)
            names = {"eos": "</s>"}
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tok,
        model_max_length=64 if kind in ("bert", "roberta") else 10**30,
        **{f"{name}_token": token for name, token in names.items()},
    )
    fast.save_pretrained(folder)


def _config(kind: str, size: int) -> Any:  # one of four classes
    import transformers as t

    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    small |= {"intermediate_size": 48, "vocab_size": size}
    if kind == "bert":
        return t.BertConfig(**small, max_position_embeddings=64, pad_token_id=0)
    if kind == "roberta":
        return t.RobertaConfig(**small, max_position_embeddings=66, pad_token_id=1)
    if kind == "llama":
        return t.LlamaConfig(
            **small, num_key_value_heads=2, max_position_embeddings=2048, eos_token_id=2
        )
    if kind == "mistral":
        return t.MistralConfig(
            **small, num_key_value_heads=2, max_position_embeddings=2048, sliding_window=24
        )
    if kind == "gemma3":  # a window in every second layer
        small |= {"num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 2048}
        small |= {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 24}
        return t.Gemma3TextConfig(**small, eos_token_id=2, bos_token_id=0, pad_token_id=1)
    if kind == "bloom":  # positions are biases of the attention
        small = {"hidden_size": 32, "n_layer": 2, "n_head": 4, "vocab_size": size}
        return t.BloomConfig(**small, eos_token_id=2, bos_token_id=0)
    if kind == "qwen3-next":  # linear attention, but for every second layer
        small |= {
            "num_key_value_heads": 2,
            "head_dim": 8,
            "num_experts": 4,
            "num_experts_per_tok": 2,
        }
        small |= {"layer_types": ["linear_attention", "full_attention"]}
        small |= {"moe_intermediate_size": 16, "shared_expert_intermediate_size": 16}
        small |= {"linear_num_value_heads": 4, "linear_num_key_heads": 2}
        return t.Qwen3NextConfig(**small, linear_key_head_dim=8, linear_value_head_dim=8)
    if kind == "mamba2":
        small = {"hidden_size": 32, "num_hidden_layers": 2, "vocab_size": size, "num_heads": 8}
        return t.Mamba2Config(**small, head_dim=8, state_size=16, n_groups=1, chunk_size=16)
    return t.GPT2Config(
        n_embd=32, n_layer=2, n_head=4, n_positions=2048, vocab_size=size, eos_token_id=2
    )


VOCABULARY = 360
HEADS = {"body": "AutoModel", "causal": "AutoModelForCausalLM", "masked": "AutoModelForMaskedLM"}
HEADS["labels"] = "AutoModelForSequenceClassification"

Make = Callable[..., str]


@pytest.fixture
def embedded() -> Iterator[list[tuple[int, ...]]]:
    """The shapes [rows, tokens] of the ids that models are run on while the test runs."""
    from torch.nn import Embedding
    from torch.nn.modules.module import register_module_forward_hook

    shapes: list[tuple[int, ...]] = []

    def note(module: Any, arguments: Any, output: Any) -> None:
        if isinstance(module, Embedding) and module.num_embeddings == VOCABULARY:
            shapes.append(tuple(arguments[0].shape))

    hook = register_module_forward_hook(note)
    yield shapes
    hook.remove()


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`make(kind, head, **config)`: the folder of a random model, made once."""
    import torch
    import transformers

    made: dict[str, str] = {}

    def build(kind: str, head: str = "body", **changes: object) -> str:
        key = f"{kind} {head} {changes}"
        if key in made:
            return made[key]
        folder = tmp_path_factory.mktemp(f"{kind}-{head}")
        _tokenizer(kind, folder, VOCABULARY)
        config = _config(kind, VOCABULARY)
        for name, value in changes.items():
            setattr(config, name, value)
        with torch.random.fork_rng():
            torch.manual_seed(7)
            model = getattr(transformers, HEADS[head]).from_config(config)
            for parameter in model.parameters():  # sharper than the usual 0.02
                parameter.data.mul_(3.0) if parameter.ndim > 1 else None
        model.save_pretrained(folder)
        made[key] = str(folder)
        return made[key]

    return build
