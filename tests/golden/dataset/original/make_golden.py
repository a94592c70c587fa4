"""Small cases of the original system's sync, impute and filter, written with pandas and SciPy.

Run: python3 make_golden.py   (made with pandas 1.5.3, NumPy 1.24.2, SciPy 1.10.1)
sync/<case>/{trials,frames}/*.csv -> sync/<case>/expected.csv; impute.csv -> impute_expected.csv;
filter.csv -> filter_expected.csv
"""
import os
import shutil

import numpy as np
import pandas as pd
from scipy import signal

HERE = os.path.dirname(os.path.abspath(__file__))

# Files as text: what matters is how cells are spelt.
CASES = {
    "text_order": {
        "trials": {"S1_A_Trial1": "Time,a\n0.000,1\n0.033,2\n0.066,3\n",
                   "S1_A_Trial2": "Time,a\n0.000,20\n0.033,21\n0.100,22\n",
                   "S1_A_Trial10": "Time,a\n0.066,10\n0.033,11\n0.133,12\n"},
        "frames": {"S1_A_Orig_1": "FrameNo,TimeStamp\n0,0\n1,33\n2,66\n",
                   "S1_A_Orig_10": "FrameNo,TimeStamp\n0,0\n1,33\n2,100\n",
                   "S1_A_Orig_2": "FrameNo,TimeStamp\n0,0\n7,133\n8,166\n"},
    },
    "late_start": {
        "trials": {"S1_A_Trial1": "Time,a\n0.066,1\n0.033,2\n0.066,3\n0.5,9\n",
                   "S1_A_Trial2": "Time,a\n0.000,4\n0.066,5\n-0.0004,6\n"},
        "frames": {"S1_A_Orig_1": "TimeStamp,FrameNo\n0,0\n33,1\n66,2\n"},
    },
    "union": {
        "trials": {"S1_A_Trial1": "Time,i,f,t,only1\n0,1,1.50,x,5\n0.01,2,2,3.10,6\n",
                   "S1_A_Trial2": "Time,only2,f,i,t\n0.02,7,1e-7,3,1.50\n0.03,8,,4,12\n",
                   "S1_A_Trial3": "Time,t,i\n0.04,5,6.25\n0.05,,7\n"},
        "frames": {"S1_A_Orig_1": "FrameNo,TimeStamp,Blur\n0,0,0.25\n1,10,0.5\n2,20,1\n",
                   "S1_A_Orig_2": "FrameNo,TimeStamp,Note\n3,30,late\n4,40,\n5,50,NA\n"},
    },
    "suffixes": {
        "trials": {"S1_A_Trial1": "FrameNo,Time,Blur,c\n100,0,0.5,1\n101,0.001,0.25,2\n"},
        "frames": {"S1_A_Orig_1": "FrameNo,TimeStamp,Blur,d\n0,0,9,x\n1,1,8,y\n"},
    },
    "missing_words": {
        "trials": {"S1_A_Trial1": "Time,a,b,c,d\n0,NA,n/a,none,1\n0.001,null,NULL,None,\n"
                                  "0.002,#N/A,-nan,x y,NaN\n0.003,,1.#IND,<NA>,2\n0.004,3,-1.#QNAN,nan,N/A\n"},
        "frames": {"S1_A_Orig_1": "TimeStamp,f,g\n0,NA,1\n1,2,\n2,,\n3,#NA,4\n4,5,6\n"},
    },
    "equal_stamps": {
        "trials": {"S1_A_Trial1": "Time,a\n0,1\n0.0333,2\n0.0339,3\n0.0667,4\n"},
        "frames": {"S1_A_Orig_1": "FrameNo,TimeStamp\n0,0\n1,33.33\n2,33.99\n3,66.67\n",
                   "S1_A_Orig_2": "FrameNo,TimeStamp\n10,0\n11,33\n12,67\n"},
    },
    "truth_and_quotes": {
        "trials": {"S1_A_Trial1": 'Time,"a,b",flag,half,word\n0,1,TRUE,true,"say ""hi"", he said"\n'
                                  "0.001,2,False,,  padded \n0.002,3,true,FALSE,True\n"},
        "frames": {"S1_A_Orig_1": "TimeStamp,FrameNo\n0,0\n1,1\n2,2\n"},
    },
    "empty_columns": {
        "trials": {"S1_A_Trial1": "Time,e,n,t\n0,,,\n0.001,,,\n",
                   "S1_A_Trial2": "Time,e,n,t\n0.002,,1,word\n0.003,,2,-\n"},
        "frames": {"S1_A_Orig_1": "TimeStamp,FrameNo,x\n0,0,\n1,1,\n2,2,\n3,3,\n"},
    },
    "nothing_meets": {
        "trials": {"S1_A_Trial1": "Time,a,t\n0.5,1,x\n0.6,2,y\n"},
        "frames": {"S1_A_Orig_1": "TimeStamp,FrameNo\n0,0\n1,1\n"},
    },
}
# Stamps as NumPy writes them: 0.30000000000000004 s, and whole milliseconds that truncation loses.
ticks = [i * 0.001 for i in list(range(1, 40)) + list(range(1100, 1160)) + list(range(16380, 16420))]
CASES["truncation"] = {
    "trials": {"S1_A_Trial1": "Time,a\n" + "".join(f"{t!r},{k}\n" for k, t in enumerate(ticks)),
               "S1_A_Trial2": "Time,a\n" + "".join(f"{t + 0.1 - 0.1!r},{k}\n" for k, t in enumerate(ticks))},
    "frames": {"S1_A_Orig_1": "TimeStamp\n" + "".join(f"{i}\n" for i in range(20000, 0, -1) if i < 60 or 1000 < i < 1200 or 16300 < i < 16500)},
}


def sync(folder):
    def joined(part):
        names = sorted(os.listdir(os.path.join(folder, part)))
        # pandas 2 counts None among the words for missing; 1.5 has to be told.
        return pd.concat([pd.read_csv(os.path.join(folder, part, n), na_values=["None"]) for n in names],
                         ignore_index=True)

    trials = joined("trials").rename(columns={"Time": "Timestamp"})
    trials["Timestamp"] = (trials["Timestamp"] * 1000).astype(int)
    frames = joined("frames").rename(columns={"TimeStamp": "Timestamp"})
    frames["Timestamp"] = frames["Timestamp"].astype(int)
    frames = frames.drop_duplicates(subset="Timestamp", keep="first")
    merged = pd.merge(trials, frames, on="Timestamp", how="inner")
    merged.to_csv(os.path.join(folder, "expected.csv"), index=False)


for case, parts in CASES.items():
    folder = os.path.join(HERE, "sync", case)
    shutil.rmtree(folder, ignore_errors=True)
    for part, files in parts.items():
        os.makedirs(os.path.join(folder, part))
        for name, text in files.items():
            with open(os.path.join(folder, part, name + ".csv"), "w") as file:
                file.write(text)
    sync(folder)


def impute(table):
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]) or table[name].dtype == bool:
            continue
        values = table[name].to_numpy(dtype=float).copy()
        if not np.isnan(values).any():
            continue
        for i in np.flatnonzero(np.isnan(values)):
            window = values[max(0, i - 5):i + 5]
            window = window[~np.isnan(window)]
            values[i] = window.mean() if len(window) else 0
        table[name] = values
    return table


rng = np.random.default_rng(3)
rows = 60
columns = {"Timestamp": np.arange(rows), "whole": rng.integers(0, 9, rows)}
for k, gaps in enumerate([[], [0], [59], range(0, 8), range(52, 60), range(20, 45), [3, 4, 9, 10, 11, 30],
                          range(0, 59), range(1, 60, 2), range(60)]):
    values = np.round(rng.normal(size=rows), 3)
    values[list(gaps)] = np.nan
    columns[f"c{k}"] = values
columns["gappy_whole"] = np.where(rng.uniform(size=rows) < 0.3, np.nan, rng.integers(0, 99, rows))
columns["words"] = [None if i % 7 == 0 else ("-" if i == 5 else "1.50") for i in range(rows)]
columns["truth"] = [i % 2 == 0 for i in range(rows)]
pd.DataFrame(columns).to_csv(os.path.join(HERE, "impute.csv"), index=False)
impute(pd.read_csv(os.path.join(HERE, "impute.csv"))).to_csv(
    os.path.join(HERE, "impute_expected.csv"), index=False)

MUSCLES = ["Tibialis Anterior / Dorsiflexors", "Gastrocnemius Medial", "Gastrocnemius Lateral",
           "Hamstrings Lateral", "Left Lumbars", "Hamstrings Medial", "Vastus Lateralis", "Vastus Medialis",
           "Triceps Brachii", "Biceps Brachii", "Forearm M", "Middle/Lateral Deltoid", "Shoulder Flexors",
           "Glutei", "Right Lumbars", "Rectus Femoris"]


def envelope(x):
    b, a = signal.butter(4, [20 / 500, 450 / 500], btype="band")
    x = np.abs(signal.filtfilt(b, a, x))
    b, a = signal.butter(4, 10 / 500, btype="low")
    return np.convolve(signal.filtfilt(b, a, x), np.ones(40) / 40, mode="same")


for rows, name in ((40, "filter_short"), (90, "filter")):
    columns = {"Timestamp": np.arange(rows) * 33}
    for muscle in MUSCLES:
        columns[muscle] = np.round(0.03 * rng.normal(size=rows) + 0.01, 6)
    columns["Glutei"] = rng.integers(-5, 6, rows)  # whole numbers
    columns["note"] = [" - " if i % 3 else "0.50" for i in range(rows)]
    pd.DataFrame(columns).to_csv(os.path.join(HERE, name + ".csv"), index=False)
    table = pd.read_csv(os.path.join(HERE, name + ".csv"))
    for muscle in MUSCLES:
        table[muscle] = envelope(table[muscle].to_numpy(dtype=float))
    table.to_csv(os.path.join(HERE, name + "_expected.csv"), index=False)
