"""Writes golden.txt: what SciPy and NumPy make of small signals. Run: python3 make_golden.py
Each line: a name, its settings separated by /, then numbers. Made with SciPy 1.10.1, NumPy 1.24.2."""
import os
import numpy as np
from scipy import interpolate, signal

rng = np.random.default_rng(7)
lines = []


def put(name, values):
    lines.append(name + " " + " ".join(repr(float(v)) for v in np.ravel(values)))


x = np.cumsum(rng.normal(size=48)) * 0.1 + rng.normal(size=48) + 3
short = x[:41]
put("x", x)
put("short", short)

bands = [(o, k, lo, hi, fs)
         for o in (1, 2, 3, 4)
         for k, lo, hi, fs in (("lowpass", 0, 10, 1000), ("lowpass", 0, 6, 100),
                               ("highpass", 20, 0, 1000), ("bandpass", 20, 450, 1000),
                               ("bandpass", 20, 450, 2000))]
bands += [(8, "lowpass", 0, 30, 200), (4, "lowpass", 0, 499, 1000), (3, "bandpass", 1, 95, 200)]
for order, kind, low, high, rate in bands:
    edges = {"lowpass": high, "highpass": low, "bandpass": [low, high]}[kind]
    key = f"{order}/{kind}/{low}/{high}/{rate}"
    b, a = signal.butter(order, edges, kind, fs=rate)
    sos = signal.butter(order, edges, kind, fs=rate, output="sos")
    put(f"b/{key}", b)
    put(f"a/{key}", a)
    put(f"sos/{key}", sos)
    put(f"sosfiltfilt/{key}", signal.sosfiltfilt(sos, x))
    if len(x) > 3 * len(a) and order <= 4:
        put(f"filtfilt/{key}", signal.filtfilt(b, a, x))
    if order == 4:
        put(f"lfilter/{key}", signal.lfilter(b, a, short))
        put(f"sosfilt/{key}", signal.sosfilt(sos, short))
for hz, q, rate in ((50, 30, 1000), (60, 30, 2000), (150, 10, 1000)):
    b, a = signal.iirnotch(hz, q, fs=rate)
    put(f"notch/{hz}/{q}/{rate}", [*b, *a])

for window, order in ((5, 2), (11, 3), (7, 0), (41, 4)):
    put(f"savgol/{window}/{order}", signal.savgol_filter(short, window, order))
    put(f"savgol_slope/{window}/{order}",
        signal.savgol_filter(short, window, order, deriv=1, delta=1 / 100))
for width in (1, 2, 5, 40, 41, 50):
    put(f"average/{width}", np.convolve(short, np.ones(width) / width, mode="same"))

for n in (2, 3, 4, 9):
    at = np.cumsum(rng.uniform(0.3, 2.0, size=n))
    values = np.round(rng.normal(size=n), 1)  # ties and flat steps occur
    points = np.linspace(at[0], at[-1], 23)
    put(f"knots/{n}", at)
    put(f"values/{n}", values)
    put(f"points/{n}", points)
    put(f"linear/{n}", np.interp(points, at, values))
    put(f"pchip/{n}", interpolate.PchipInterpolator(at, values)(points))
    put(f"cubic/{n}", interpolate.CubicSpline(at, values)(points))

# The whole EMG chain, written here without a look at ours: sections, cut-offs moved so that two passes are at -3 dB
# at the stated frequency (in the bilinear transform's warped frequencies).
def two_pass(order, edges, kind, rate):
    warp = lambda f: np.tan(np.pi * np.asarray(f, float) / rate)
    factor = (np.sqrt(2) - 1) ** (1 / (2 * order))
    if kind == "lowpass":
        w = warp(edges) / factor
    else:  # same centre (geometric), wider by the factor
        low, high = warp(edges)
        width = (high - low) / factor
        w = np.array([(-width + np.sqrt(width**2 + 4 * low * high)) / 2,
                      (width + np.sqrt(width**2 + 4 * low * high)) / 2])
    return signal.butter(order, np.arctan(w) / np.pi * rate, kind, fs=rate, output="sos")


emg = rng.normal(size=700) * (0.1 + np.sin(np.arange(700) / 60) ** 2) * 0.02 + 0.05
put("emg", emg)
for rate, low, high, smooth in ((1000, 20, 450, 6), (2000, 10, 500, 8)):
    key = f"{rate}/{low}/{high}/{smooth}"
    clean = signal.sosfiltfilt(two_pass(4, [low, high], "bandpass", rate), emg - emg.mean())
    sos = two_pass(2, smooth, "lowpass", rate)
    put(f"clean/{key}", clean)
    put(f"linear_envelope/{key}", np.maximum(signal.sosfiltfilt(sos, np.abs(clean)), 0))
    energy = np.empty_like(clean)
    energy[1:-1] = clean[1:-1] ** 2 - clean[:-2] * clean[2:]
    energy[0], energy[-1] = energy[1], energy[-2]
    put(f"tkeo_envelope/{key}", np.maximum(signal.sosfiltfilt(sos, np.sqrt(np.abs(energy))), 0))
    window = np.ones(2 * (round(0.1 * rate) // 2) + 1)
    put(f"rms_envelope/{key}", np.sqrt(np.convolve(clean**2, window, "same") /
                                       np.convolve(np.ones_like(clean), window, "same")))
noise = rng.normal(size=1000)
frequencies, density = signal.welch(noise, 1000, "hann", 256, detrend="constant", scaling="spectrum")
put("noise", noise)
put("welch/256", density)

# Whitened: 2 s of coloured noise, its strength going up and down; 125 samples a window.
rate, low, high, width = 1000, 20, 450, 125
coloured = signal.sosfilt(signal.butter(2, [30, 250], "bandpass", fs=rate, output="sos"), rng.normal(size=2000))
coloured = coloured * (0.05 + np.sin(np.arange(2000) / 150) ** 2) + 0.002 * rng.normal(size=2000)
parts = sorted((coloured[k:k + width] for k in range(0, 2001 - width, width)), key=lambda part: np.mean(part**2))
welch = dict(fs=rate, window="hann", nperseg=width, nfft=128, noverlap=width - width // 2, detrend="constant")
frequencies, power = signal.welch(coloured, **welch)
_, noise_power = signal.welch(np.concatenate(parts[:len(parts) // 10]), **welch)
assert np.mean(np.concatenate(parts[:len(parts) // 10]) ** 2) < np.mean(coloured**2) / 4
gain = np.sqrt(np.maximum(power - noise_power, 0)) / np.maximum(power, 0.001 * np.max(power))
bins = np.fft.rfftfreq(4096, 1 / rate)
shaped = np.fft.rfft(coloured, 4096) * np.interp(bins, frequencies, gain) * ((bins >= low) & (bins <= high))
shaped = np.fft.irfft(shaped, 4096)[:2000]
put("coloured", coloured)
even = shaped * np.sqrt(np.mean(coloured**2) / np.mean(shaped**2))
put("whitened/1000/20/450", even)

# Its strength: log-variance of parts of 5 samples that is likeliest, bends penalised, by Newton's method with dense matrices.
_, power = signal.welch(even, **welch)
weight = 0.5 * 5 * np.sum(power) ** 2 / np.sum(power**2) / len(power)
squares = np.mean(even.reshape(-1, 5) ** 2, axis=1)
count = len(squares)
bend = np.diff(np.eye(count), 2, axis=0)
best = (-np.inf, 0, None)
for hz in (0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11, 16):
    penalty = weight / (2 * np.sin(np.pi * hz * 5 / rate)) ** 4
    course = np.full(count, np.log(np.mean(squares)))
    surprise = lambda ratio: np.where(ratio < 6, ratio, 6 * (1 + np.log(np.maximum(ratio, 6) / 6)))
    cost = lambda h: np.sum(weight * (h + surprise(squares * np.exp(-h)))) + penalty / 2 * np.sum((bend @ h) ** 2)
    for _ in range(200):
        ratio = squares * np.exp(-course)
        slope = weight * (1 - np.minimum(ratio, 6)) + penalty * bend.T @ (bend @ course)
        curvature = np.diag(weight * np.where(ratio < 6, ratio, 0)) + penalty * bend.T @ bend + 1e-9 * np.eye(count)
        step = np.linalg.solve(curvature, -slope)
        size = 1.0
        while cost(course + size * step) > cost(course) and size > 1e-12:
            size /= 2
        course = course + size * step
    information = np.linalg.slogdet(weight * np.eye(count) + penalty * bend.T @ bend)[1]
    marginal = -cost(course) - information / 2 + (count - 2) / 2 * np.log(penalty)
    best = max(best, (marginal, hz, course), key=lambda one: one[0])
put("strength/1000", np.concatenate([[best[1]], np.exp(best[2] / 2)]))

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
