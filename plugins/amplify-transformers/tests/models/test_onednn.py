"""The frozen linear layer on oneDNN against the ordinary one."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from amplify_transformers.models.freeze import freeze, measured_speedup, require
from amplify_transformers.models.onednn import FrozenLinear, is_available
from torch import nn
from transformers.pytorch_utils import Conv1D

from amplify import OptionError

onednn = pytest.mark.skipif(not is_available(), reason="this PyTorch has no oneDNN products")


class Small(nn.Module):
    """Both kinds of layer, a head tied to the embedding, and one of a derived class."""

    def __init__(self) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(1)
        self.words = nn.Embedding(50, 24)
        self.up = nn.Linear(24, 40)
        self.down = Conv1D(24, 40)
        self.other = nn.modules.linear.NonDynamicallyQuantizableLinear(24, 24)
        self.head = nn.Linear(24, 50, bias=False)
        for parameter in self.parameters():
            parameter.data.normal_(0, 0.3, generator=draw)
        self.head.weight = self.words.weight

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        return self.head(self.other(self.down(self.up(embeddings).tanh())))  # type: ignore[no-any-return]  # modules of torch give Any


def answers(model: Small) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(3, 7, 24, generator=torch.Generator().manual_seed(2)).requires_grad_()
    out = model(x)
    (gradient,) = torch.autograd.grad(out.square().sum(), x)
    with torch.no_grad():
        assert torch.allclose(model(x), out)
    return out, gradient


@onednn
def test_the_layers_give_the_ordinary_answer_and_gradient() -> None:
    plain, fast = Small(), Small()
    assert freeze(fast, "onednn")
    kinds = {name: type(layer) for name, layer in fast.named_children()}
    assert kinds["up"] is kinds["down"] is kinds["head"] is FrozenLinear
    assert kinds["other"] is nn.modules.linear.NonDynamicallyQuantizableLinear
    for wanted, got in zip(answers(plain), answers(fast), strict=True):
        assert (got - wanted).abs().max() <= 1e-5 * wanted.abs().max()
    assert not any(parameter.requires_grad for parameter in fast.parameters())
    assert torch.equal(fast.up.weight, plain.up.weight)
    # The head shares the memory of the embedding that it is tied to.
    assert fast.head.weight.data_ptr() == fast.words.weight.data_ptr()


@onednn
def test_a_frozen_network_can_be_copied_pickled_and_cast() -> None:
    fast = Small()
    freeze(fast, "onednn")
    wanted = answers(fast)[0]
    pickled = pickle.loads(pickle.dumps(fast))  # noqa: S301  # our own, of the line itself
    for other in (copy.deepcopy(fast), pickled):
        assert torch.equal(answers(other)[0], wanted)
    x = torch.randn(3, 24, dtype=torch.float64)
    exact = Small().double()
    assert torch.allclose(fast.double()(x), exact(x), atol=1e-12, rtol=0)


def test_the_default_leaves_the_layers_alone() -> None:
    for choice in ("default", "auto"):  # too small a model for anything else
        model = Small()
        assert not freeze(model, choice)  # type: ignore[arg-type]  # two of three
        assert type(model.up) is nn.Linear
        assert not model.up.weight.requires_grad


@onednn
@pytest.mark.parametrize(("speedup", "taken"), [(1.5, True), (1.0, False), (0.0, False)])
def test_auto_takes_the_faster_product(speedup: float, taken: bool) -> None:
    model = nn.Sequential(nn.Linear(256, 192), Conv1D(256, 192), nn.Linear(256, 4))
    assert freeze(model, "auto", lambda shapes, threads: speedup) is taken
    assert isinstance(model[0], FrozenLinear) is taken
    assert type(model[2]) is nn.Linear  # too small to gain


def test_auto_asks_for_the_shapes_of_the_large_layers() -> None:
    asked: list[object] = []
    model = nn.Sequential(nn.Linear(256, 192), Conv1D(256, 192), nn.Linear(256, 4))
    freeze(model, "auto", lambda *shapes_and_threads: asked.append(shapes_and_threads) or 0.0)  # type: ignore[func-returns-value]  # it appends
    assert asked == [((((192, 256), 1), ((256, 192), 1)), torch.get_num_threads())]


@onednn
def test_the_timing_is_done_once_and_gives_a_ratio() -> None:
    shapes = (((192, 256), 2),)
    first = measured_speedup(shapes, torch.get_num_threads())
    assert first > 0
    assert measured_speedup(shapes, torch.get_num_threads()) == first


@onednn
def test_onednn_is_refused_for_another_precision() -> None:
    with pytest.raises(OptionError, match="float32 on a CPU"):
        freeze(Small().double(), "onednn")


def test_onednn_is_refused_where_pytorch_lacks_it() -> None:
    with pytest.raises(OptionError, match="not in this build"):
        require("onednn", fits=True, available=False)
    for kernel in ("auto", "default"):
        require(kernel, fits=True, available=False)  # type: ignore[arg-type]  # two of three
