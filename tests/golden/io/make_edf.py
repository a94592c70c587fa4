"""Makes small EDF+C, EDF+D and BDF files by the field list of edfplus.info and biosemi.com, and edf.txt: for each file
its signals, rates and values as NumPy scales them. Written and scaled here by the specification, not by our reader."""
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(5)


def field(text, width):
    return str(text).encode("latin-1").ljust(width)


def write(name, kind, signals, record_s, starts, notes):
    bdf = name.endswith(".bdf")
    width = 3 if bdf else 2
    annotation = dict(label=("BDF" if bdf else "EDF") + " Annotations", unit="", low=-1, high=1, n=30)
    every = signals + ([annotation] if starts is not None else [])
    top = 2 ** (8 * width - 1)
    for s in every:
        s.setdefault("digital", (-top, top - 1))
    records = signals[0]["raw"].shape[0]
    head = (b"\xffBIOSEMI" if bdf else field("0", 8)) + field("X X X X", 80) + field("Startdate X X X X", 80)
    head += field("01.02.24", 8) + field("10.20.30", 8) + field(256 * (len(every) + 1), 8) + field(kind, 44)
    head += field(records, 8) + field(record_s, 8) + field(len(every), 4)
    for key, size in (("label", 16), ("transducer", 80), ("unit", 8), ("low", 8), ("high", 8)):
        head += b"".join(field(s.get(key, ""), size) for s in every)
    head += b"".join(field(s["digital"][0], 8) for s in every) + b"".join(field(s["digital"][1], 8) for s in every)
    head += b"".join(field("", 80) for s in every) + b"".join(field(s["n"], 8) for s in every) + b"".join(field("", 32) for s in every)
    body = b""
    for r in range(records):
        for s in signals:
            for v in s["raw"][r]:
                body += int(v).to_bytes(width, "little", signed=True)
        if starts is not None:
            tal = b"+%g\x14\x14\x00" % starts[r] + notes.get(r, b"")
            body += tal.ljust(annotation["n"] * width, b"\x00")
    (here / name).write_bytes(head + body)
    lines = []
    for s in signals:
        d0, d1 = s["digital"]
        values = (s["raw"].astype(float) - d0) * (s["high"] - s["low"]) / (d1 - d0) + s["low"]
        lines.append(f"{name}|{s['label']}|{s['n'] / record_s!r}|" + " ".join(repr(float(v)) for v in values.ravel()) + "\n")
    return lines


def signal(label, unit, low, high, n, records, transducer="", digital=(-2048, 2047)):
    return dict(label=label, unit=unit, low=low, high=high, n=n, transducer=transducer, digital=digital,
                raw=rng.integers(digital[0], digital[1] + 1, (records, n)))


out = []
out += write("edf_plain.edf", "", [signal("EMG TA", "mV", -5, 5, 20, 3), signal("EEG Fpz-Cz", "uV", -440, 510, 20, 3), signal("Resp nasal", "", -1, 1, 2, 3)], 0.1, None, {})
out += write("edf_gap.edf", "EDF+D", [signal("R Tib Ant", "uV", -3000, 3000, 10, 4, "surface electrode EMG")], 0.5, [0, 0.5, 1.5, 2], {1: b"+0.75\x15" + b"0.1\x14Foot Strike\x14\x00"})
out += write("bdf_plain.bdf", "24BIT", [signal("EMG1", "uV", -262144, 262143, 16, 2, "Active Electrode", (-8388608, 8388607))], 1, None, {})
(here / "edf.txt").write_text("".join(out))
