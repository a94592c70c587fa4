"""Writes small .pth files, and what is in them as safetensors of the same stem.

Run with PyTorch (made with 1.13): python3 make_pth.py
"""
import json
import struct
from collections import OrderedDict
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
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 3, 2, batch_first=True, dropout=0.3)
        self.fc = torch.nn.Linear(3, 2)


torch.manual_seed(1)
net = Regressor()
torch.save(net.state_dict(), HERE / "lstm.pth")
write(HERE / "lstm.safetensors", net.state_dict())

# A checkpoint among other things; other element types; a view that is not contiguous; a prefix; a GRU both ways.
gru = torch.nn.GRU(3, 2, bidirectional=True)
head = torch.nn.Linear(4, 2)
state = OrderedDict((f"module.rnn.{key}", value) for key, value in gru.state_dict().items())
state["module.out.weight"] = head.weight.double()
state["module.out.bias"] = torch.tensor([1.5, -6e-8]).half()
state["module.rnn.weight_ih_l0"] = gru.weight_ih_l0.data.t().contiguous().t()
state["module.rnn.bias_ih_l0"] = gru.bias_ih_l0.data.bfloat16()
optimiser = torch.optim.Adam(gru.parameters())
torch.save({"epoch": 30, "loss": 0.132, "best": True, "note": None, "sizes": [1, 2**40, -3], "shape": head.weight.shape,
            "model_state_dict": state, "optimizer": optimiser.state_dict()}, HERE / "checkpoint.pth")
write(HERE / "checkpoint.safetensors", state)

torch.save(net, HERE / "whole_object.pth")
torch.save(net.state_dict(), HERE / "old_format.pth", _use_new_zipfile_serialization=False)
