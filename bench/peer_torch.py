"""How fast PyTorch learns the model that bench_lm measures: the same shapes, packing, dropout and batch, written as its users do.

Prints lines like bench_lm's; says so and succeeds where torch is not installed (Debian: python3-torch).
"""
import math
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    print("training step by torch\tskipped: python3-torch is not installed")
    sys.exit(0)

ROWS, LENGTH, VOCABULARY = 16, 512, 1280


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.gain


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList([Norm(width), Norm(width)])
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width, bias=False)
        self.gate_up = nn.Linear(width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x, mask, cosine, sine):
        B, T, D = x.shape
        q, k, v = (part.view(B, T, self.heads, -1).transpose(1, 2) for part in self.qkv(self.norms[0](x)).chunk(3, -1))
        q, k = (a * cosine + torch.cat((-a[..., a.shape[-1] // 2:], a[..., : a.shape[-1] // 2]), -1) * sine for a in (q, k))
        share = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(D / self.heads) + mask, -1)
        mixed = (share.to(v.dtype) @ v).transpose(1, 2).reshape(B, T, D)
        x = x + F.dropout(self.output(mixed), 0.1)
        gate, up = self.gate_up(self.norms[1](x)).chunk(2, -1)
        return x + F.dropout(self.down(F.silu(gate) * up), 0.1)


class Net(nn.Module):
    def __init__(self, width, heads, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.blocks = nn.ModuleList([Block(width, heads, hidden) for _ in range(layers)])
        self.norm = Norm(width)

    def forward(self, tokens, mask, cosine, sine):
        x = F.dropout(self.embedding(tokens), 0.1)
        for block in self.blocks:
            x = block(x, mask, cosine, sine)
        return F.linear(self.norm(x), self.embedding.weight)


def packed():
    """Documents of 100 .. 300 tokens: where each token's begins, and who sees whom."""
    starts = torch.zeros(ROWS, LENGTH, dtype=torch.long)
    for row in starts:
        at = 0
        while at < LENGTH:
            end = at + int(torch.randint(100, 301, ()))
            row[at:end] = at
            at = end
    t = torch.arange(LENGTH)
    seen = (t[None, None, :] <= t[None, :, None]) & (starts[:, :, None] == starts[:, None, :])
    mask = torch.zeros(ROWS, 1, LENGTH, LENGTH).masked_fill(~seen[:, None], float("-inf"))
    return t - starts, mask


def bench(name, width, heads, hidden, layers, half):
    torch.manual_seed(1)
    net = Net(width, heads, hidden, layers)
    positions, mask = packed()
    rates = 10000.0 ** (-torch.arange(0, width // heads, 2) * heads / width)
    angles = (positions[..., None] * rates).repeat(1, 1, 2)[:, None]
    cosine, sine = angles.cos(), angles.sin()
    tokens, targets = torch.randint(VOCABULARY, (2, ROWS, LENGTH))
    least_s = math.inf
    for _ in range(3):
        start_s = time.perf_counter()
        net.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits = net(tokens, mask, cosine, sine)
        F.cross_entropy(logits.float().flatten(0, 1), targets.flatten()).backward()
        least_s = min(least_s, time.perf_counter() - start_s)
    print(f"training step, {name}\t{'bf16' if half else 'f32'}\t{ROWS * LENGTH / least_s:.0f}\ttokens/s\tby torch {torch.__version__}")


for half in (True, False):
    bench("S", 256, 4, 704, 6, half)
