"""Each work in PyTorch, as its users write it, eager; and the same through torch.compile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from tests.benchmarks.speed.scalars import Network, training_step
from tests.benchmarks.speed.works import Arrays

Step = Callable[[], Any]
Compile = Callable[[Any], Any]  # torch.compile, or what leaves a function as it is


def tensor(array: Any) -> torch.Tensor:
    return torch.tensor(array)


def channels_first(array: Any) -> torch.Tensor:
    return torch.tensor(array).permute(0, 3, 1, 2).contiguous()


def parameter(array: Any) -> nn.Parameter:
    return nn.Parameter(torch.tensor(array))


def linear(w: Any, b: Any) -> nn.Linear:
    layer = nn.Linear(*w.shape, dtype=tensor(w).dtype)
    layer.weight, layer.bias = nn.Parameter(tensor(w).T.contiguous()), parameter(b)
    return layer


def convolution(k: Any, c: Any) -> nn.Conv2d:
    layer = nn.Conv2d(k.shape[2], k.shape[3], k.shape[:2], padding="same", dtype=tensor(k).dtype)
    layer.weight, layer.bias = nn.Parameter(tensor(k).permute(3, 2, 0, 1).contiguous()), parameter(c)
    return layer


def training(model: nn.Module, loss: Callable[[], torch.Tensor], wrap: Compile) -> Step:
    """Adam's step by a loss; compiled, the optimizer is too, as PyTorch's tutorial has it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-6)
    compiled = wrap(loss)
    update = wrap(optimizer.step)

    def step() -> float:
        optimizer.zero_grad()
        value = compiled()
        value.backward()
        update()
        return value.item()

    return step


def classifier(a: Arrays, model: nn.Module, wrap: Compile, images: bool = False) -> Step:
    x, y = (channels_first if images else tensor)(a["x"]), tensor(a["y"])
    return training(model, lambda: F.cross_entropy(model(x), y, reduction="sum"), wrap)


def mlp_of(a: Arrays) -> nn.Module:
    return nn.Sequential(linear(a["w1"], a["b1"]), nn.Tanh(), linear(a["w2"], a["b2"]))


def mlp(a: Arrays, wrap: Compile) -> Step:
    return classifier(a, mlp_of(a), wrap)


def predict(a: Arrays, wrap: Compile) -> Step:
    model, x = wrap(nn.Sequential(mlp_of(a), nn.Softmax(1))), tensor(a["x"])

    @torch.no_grad()
    def step() -> tuple[torch.Tensor]:
        return (model(x),)

    return step


def cnn(a: Arrays, wrap: Compile) -> Step:
    images = convolution(a["k1"], a["c1"])
    flat = tensor(a["w1"]).reshape(28, 28, 12, 128).permute(2, 0, 1, 3).reshape(9408, 128).numpy()
    model = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)), images, nn.ReLU(), nn.Flatten(),
        linear(flat, a["b1"]), nn.ReLU(), linear(a["w2"], a["b2"]),
    )  # fmt: skip
    x, y = tensor(a["x"]), tensor(a["y"])
    loss = lambda: F.cross_entropy(model(x), y, reduction="sum") + 0.01 * images.weight.abs().sum()  # noqa: E731
    return training(model, loss, wrap)


def lenet(a: Arrays, wrap: Compile) -> Step:
    flat = tensor(a["w1"]).reshape(7, 7, 32, 64).permute(2, 0, 1, 3).reshape(1568, 64).numpy()
    model = nn.Sequential(
        convolution(a["k1"], a["c1"]), nn.ReLU(), nn.MaxPool2d(2),
        convolution(a["k2"], a["c2"]), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), linear(flat, a["b1"]), nn.ReLU(), linear(a["w2"], a["b2"]),
    )  # fmt: skip
    return classifier(a, model, wrap, images=True)


class Norm(nn.LayerNorm):
    def __init__(self, gamma: Any, beta: Any) -> None:
        super().__init__(gamma.shape, dtype=tensor(gamma).dtype)
        self.weight, self.bias = parameter(gamma), parameter(beta)


class Block(nn.Module):
    def __init__(self, a: Arrays, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = Norm(a["gamma1"], a["beta1"]), Norm(a["gamma2"], a["beta2"])
        self.q, self.k, self.v, self.o = (linear(a[f"w{part}"], a[f"b{part}"]) for part in "qkvo")
        self.expand, self.contract = linear(a["w1"], a["b1"]), linear(a["w2"], a["b2"])

    def split(self, x: torch.Tensor) -> torch.Tensor:
        n, t, d = x.shape
        return x.view(n, t, self.heads, d // self.heads).transpose(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.norm1(x)
        q, k, v = (self.split(part(z)) for part in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(mixed.transpose(1, 2).reshape(x.shape))
        return x + self.contract(F.gelu(self.expand(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, a: Arrays) -> None:
        super().__init__()
        self.tokens, self.positions = parameter(a["tokens"]), parameter(a["positions"])
        self.blocks = nn.ModuleList(map(Block, a["blocks"]))
        self.norm = Norm(a["gamma"], a["beta"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = F.embedding(x, self.tokens) + self.positions[: x.shape[1]]
        for part in self.blocks:
            z = part(z)
        return self.norm(z) @ self.tokens.T


def gpt(a: Arrays, wrap: Compile) -> Step:
    model, x, y = GPT(a), tensor(a["x"]), tensor(a["y"])
    return training(model, lambda: F.cross_entropy(model(x).flatten(0, 1), y.flatten()), wrap)


def differentiated(f: Callable[..., Any], x: torch.Tensor, weights: list[Any], g: Any, wrap: Compile) -> Step:
    """Forward and backward: y, and the gradients of x and of the weights."""
    inputs = [x.requires_grad_(), *weights]
    compiled = wrap(f)

    def step() -> tuple[Any, ...]:
        y = compiled(x)
        return y, *torch.autograd.grad(y, inputs, g)

    return step


def block(a: Arrays, wrap: Compile) -> Step:
    model = Block(a)
    return differentiated(model, tensor(a["x"]), list(model.parameters()), tensor(a["g"]), wrap)


def conv2d(a: Arrays, wrap: Compile) -> Step:
    k = tensor(a["k"]).permute(3, 2, 0, 1).contiguous().requires_grad_()
    f = lambda x: F.conv2d(x, k, padding=1)  # noqa: E731
    return differentiated(f, channels_first(a["x"]), [k], channels_first(a["g"]), wrap)


def pool(f: Any, a: Arrays, wrap: Compile) -> Step:
    return differentiated(partial(f, kernel_size=2), channels_first(a["x"]), [], channels_first(a["g"]), wrap)


def layer_norm(a: Arrays, wrap: Compile) -> Step:
    model = Norm(a["gamma"], a["beta"])
    return differentiated(model, tensor(a["x"]), list(model.parameters()), tensor(a["g"]), wrap)


def batch_norm(a: Arrays, wrap: Compile) -> Step:
    model = nn.BatchNorm2d(len(a["gamma"]), momentum=0.01, dtype=tensor(a["x"]).dtype)
    model.weight, model.bias = parameter(a["gamma"]), parameter(a["beta"])
    return differentiated(
        model, channels_first(a["x"]), list(model.parameters()), channels_first(a["g"]), wrap
    )


def entropy(a: Arrays, wrap: Compile) -> Step:
    y = tensor(a["y"])
    return differentiated(lambda x: F.cross_entropy(x, y), tensor(a["x"]), [], None, wrap)


def embedding(a: Arrays, wrap: Compile) -> Step:
    x = tensor(a["x"])
    return differentiated(lambda table: F.embedding(x, table), tensor(a["table"]), [], tensor(a["g"]), wrap)


class Weighted(nn.Module):
    def __init__(self, p: Any) -> None:
        super().__init__()
        self.p = parameter(p)


def adam(a: Arrays, wrap: Compile) -> Step:
    model, g = Weighted(a["p"]), tensor(a["g"])
    return training(model, lambda: (model.p * g).sum(), wrap)


def xor(a: Arrays, wrap: Compile) -> Step:
    x, t = tensor(a["x"]), tensor(a["y"])
    parameters = [tensor(a[name]).requires_grad_() for name in ("w1", "b1", "w2", "b2")]
    w1, b1, w2, b2 = parameters
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    loss = wrap(lambda: -(t * torch.log(torch.softmax(torch.tanh(x @ w1 + b1) @ w2 + b2, 1))).sum())
    update = wrap(optimizer.step)

    def step() -> float:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        update()
        return value.item()

    return step


class Scalars(Network):
    def __init__(self, layers: list[Any]) -> None:
        super().__init__(layers, lambda value: torch.tensor(value, dtype=torch.float64, requires_grad=True))


def scalars(a: Arrays, wrap: Compile) -> Step:
    return training_step(a, Scalars(a["layers"]), zero=None)


WORKS: dict[str, Callable[[Arrays, Compile], Step]] = {
    "gpt_small": gpt, "gpt_large": gpt, "entropy_10": entropy, "entropy_5000": entropy,
    "max_pool2d": partial(pool, F.max_pool2d), "avg_pool2d": partial(pool, F.avg_pool2d),
    **{f.__name__: f for f in (mlp, cnn, lenet, block, conv2d, layer_norm, batch_norm, embedding, adam,
                               predict, xor, scalars)},
}  # fmt: skip

EAGER = {name: partial(work, wrap=lambda f: f) for name, work in WORKS.items()}
COMPILED = {name: partial(work, wrap=torch.compile) for name, work in WORKS.items()}
