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
