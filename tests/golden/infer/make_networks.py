"""Writes <kind>.safetensors: a small network's weights, an input and PyTorch's output for it.

Run with PyTorch (made with 1.13): python3 make_networks.py
"""
import json
import struct
from pathlib import Path

import torch

HERE = Path(__file__).parent


def write(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        raw = tensors[name].detach().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def make(name, kind, layers, bidirectional, inputs=5, hidden=7, outputs=3, frames=70):
    torch.manual_seed(len(name))
    cell = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
    net = cell(inputs, hidden, layers, batch_first=True, bidirectional=bidirectional)
    fc = torch.nn.Linear(hidden * (2 if bidirectional else 1), outputs)
    with torch.no_grad():
        for parameter in list(net.parameters()) + list(fc.parameters()):
            parameter.mul_(2.5)  # far enough from zero that the gates saturate now and then
        x = torch.randn(1, frames, inputs)
        y = fc(net(x)[0])[0]
    tensors = {f"{kind}.{key}": value for key, value in net.state_dict().items()}
    tensors |= {f"fc.{key}": value for key, value in fc.state_dict().items()}
    write(HERE / f"{name}.safetensors", tensors | {"x": x[0], "y": y})


make("lstm", "lstm", 2, False)
make("bilstm", "lstm", 2, True)
make("gru", "gru", 2, False)
make("bigru", "gru", 1, True)


class Block(torch.nn.Module):
    """Two dilated causal convolutions beside a way across; Bai, Kolter and Koltun 2018 without weight normalisation."""

    def __init__(self, inputs, hidden, kernel, dilation):
        super().__init__()
        self.past = (kernel - 1) * dilation
        self.conv1 = torch.nn.Conv1d(inputs, hidden, kernel, dilation=dilation)
        self.conv2 = torch.nn.Conv1d(hidden, hidden, kernel, dilation=dilation)
        if inputs != hidden:
            self.downsample = torch.nn.Conv1d(inputs, hidden, 1)

    def forward(self, x):
        pad = torch.nn.functional.pad
        y = torch.relu(self.conv1(pad(x, (self.past, 0))))
        y = torch.relu(self.conv2(pad(y, (self.past, 0))))
        return torch.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


def distance_bias(heads, frames, look_back):
    """ALiBi (Press, Smith and Lewis 2022), cut to look_back frames."""
    back = torch.arange(frames).unsqueeze(1) - torch.arange(frames).unsqueeze(0)
    slopes = torch.tensor([2.0 ** (-8.0 * (h + 1) / heads) for h in range(heads)])
    bias = -slopes.view(heads, 1, 1) * back.abs()
    if look_back:
        bias = bias.masked_fill((back < 0) | (back >= look_back), float("-inf"))
    return bias


def tcn(name, inputs, outputs, hidden, kernel, dilations, frames=40):
    torch.manual_seed(5)
    blocks = torch.nn.Sequential(*[Block(inputs if i == 0 else hidden, hidden, kernel, d) for i, d in enumerate(dilations)])
    fc = torch.nn.Linear(hidden, outputs)
    with torch.no_grad():
        x = torch.randn(1, frames, inputs)
        y = fc(blocks(x.transpose(1, 2)).transpose(1, 2))[0]
    tensors = {f"tcn.{key}": value for key, value in blocks.state_dict().items()}
    tensors |= {f"fc.{key}": value for key, value in fc.state_dict().items()}
    write(HERE / f"{name}.safetensors", tensors | {"x": x[0], "y": y})


def transformer(name, inputs, outputs, hidden, layers, heads, feedforward, look_back, frames=40):
    torch.manual_seed(6)
    layer = torch.nn.TransformerEncoderLayer(hidden, heads, feedforward, dropout=0.0, norm_first=True)
    net = torch.nn.TransformerEncoder(layer, layers, torch.nn.LayerNorm(hidden))
    first, fc = torch.nn.Linear(inputs, hidden), torch.nn.Linear(hidden, outputs)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))  # biases too, and no two layers alike
        x = torch.randn(frames, 1, inputs)
        y = fc(net.train()(first(x), distance_bias(heads, frames, look_back)))[:, 0]
    tensors = {f"transformer.{key}": value for key, value in net.state_dict().items()}
    tensors |= {f"input.{key}": value for key, value in first.state_dict().items()}
    tensors |= {f"fc.{key}": value for key, value in fc.state_dict().items()}
    write(HERE / f"{name}.safetensors", tensors | {"x": x[:, 0], "y": y})


tcn("tcn", 5, 3, 7, 3, [1, 2, 4])
tcn("tcn_same", 6, 3, 6, 2, [3, 1])
transformer("transformer", 5, 3, 8, 2, 2, 11, 0)
transformer("transformer_causal", 5, 3, 12, 2, 4, 9, 6)
