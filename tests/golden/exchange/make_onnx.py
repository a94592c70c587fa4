"""Writes small networks as PyTorch exports them to ONNX, and <stem>.safetensors: an input and PyTorch's output for it.

Run with PyTorch (made with 1.13): python3 make_onnx.py
"""
import json
import struct
from pathlib import Path

import torch

HERE = Path(__file__).parent


def write(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        value = tensors[name].detach().float().contiguous().numpy().astype("<f4")
        raw = value.tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Regressor(torch.nn.Module):
    def __init__(self, cell, batch_first, dense=True, relu=False, **kwargs):
        super().__init__()
        self.rnn = cell(5, 7, batch_first=batch_first, **kwargs)
        width = 7 * (2 if kwargs.get("bidirectional") else 1)
        self.fc = torch.nn.Linear(width, 3) if dense else torch.nn.Identity()
        self.relu = relu

    def forward(self, x):
        y = self.rnn(x)[0]
        return self.fc(torch.relu(y) if self.relu else y)


def make(stem, cell, opset, batch_first=True, free=True, **kwargs):
    torch.manual_seed(len(stem))
    net = Regressor(cell, batch_first, **kwargs).eval()
    x = torch.randn(1, 30, 5)
    given = x if batch_first else x.transpose(0, 1)
    axes = {0: "batch", 1: "time"} if batch_first else {0: "time", 1: "batch"}
    torch.onnx.export(net, (given,), str(HERE / f"{stem}.onnx"), opset_version=opset, input_names=["frames"], output_names=["y"],
                      dynamic_axes={"frames": axes, "y": axes} if free else None)
    y = net(given)
    write(HERE / f"{stem}_onnx.safetensors", {"x": x[0], "y": (y if batch_first else y.transpose(0, 1))[0]})


make("torch_lstm", torch.nn.LSTM, 17, num_layers=2)
make("torch_bilstm", torch.nn.LSTM, 11, num_layers=2, bidirectional=True)
make("torch_gru_no_bias", torch.nn.GRU, 13, bias=False)
make("torch_bigru_time_first", torch.nn.GRU, 14, batch_first=False, num_layers=2, bidirectional=True)
make("torch_lstm_fixed", torch.nn.LSTM, 9, free=False)
make("torch_lstm_alone", torch.nn.LSTM, 15, dense=False)
make("torch_lstm_relu", torch.nn.LSTM, 15, relu=True)
