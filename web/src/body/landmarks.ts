// MediaPipe Pose's 33 landmarks: left ones have odd numbers, right ones even (but for the nose).

export type Point = readonly [x: number, y: number, z: number];
/** One place a landmark; null where it is missing. */
export type Points = (Point | null)[];

export const landmarkNames = [
  "NOSE", "LEFT_EYE_INNER", "LEFT_EYE", "LEFT_EYE_OUTER", "RIGHT_EYE_INNER", "RIGHT_EYE", "RIGHT_EYE_OUTER",
  "LEFT_EAR", "RIGHT_EAR", "MOUTH_LEFT", "MOUTH_RIGHT", "LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW",
  "LEFT_WRIST", "RIGHT_WRIST", "LEFT_PINKY", "RIGHT_PINKY", "LEFT_INDEX", "RIGHT_INDEX", "LEFT_THUMB", "RIGHT_THUMB",
  "LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE", "RIGHT_KNEE", "LEFT_ANKLE", "RIGHT_ANKLE", "LEFT_HEEL", "RIGHT_HEEL",
  "LEFT_FOOT_INDEX", "RIGHT_FOOT_INDEX",
] as const;

export const kLandmarks = landmarkNames.length;

/** Numbers of the landmarks by joint, left and right. */
export const at = {
  nose: 0, ear: [7, 8], shoulder: [11, 12], elbow: [13, 14], wrist: [15, 16], pinky: [17, 18], index: [19, 20],
  hip: [23, 24], knee: [25, 26], ankle: [27, 28], heel: [29, 30], toe: [31, 32],
} as const;

export const connections: readonly (readonly [number, number])[] = [
  [11, 12], [11, 13], [13, 15], [15, 17], [15, 19], [15, 21], [17, 19], [12, 14], [14, 16], [16, 18], [16, 20], [16, 22],
  [18, 20], [11, 23], [12, 24], [23, 24], [23, 25], [24, 26], [25, 27], [26, 28], [27, 29], [28, 30], [29, 31], [30, 32],
  [27, 31], [28, 32], [7, 3], [3, 2], [2, 1], [1, 0], [0, 4], [4, 5], [5, 6], [6, 8], [9, 10],
];

export type Side = "left" | "right" | "middle";

export function sideOf(landmark: number): Side {
  const name = landmarkNames[landmark] ?? "";
  return name.includes("LEFT") ? "left" : name.includes("RIGHT") ? "right" : "middle";
}

/** The landmark of the same name on the other side. */
export const opposite: readonly number[] = landmarkNames.map((name) => {
  const other = name.includes("LEFT") ? name.replace("LEFT", "RIGHT") : name.replace("RIGHT", "LEFT");
  return landmarkNames.indexOf(other as (typeof landmarkNames)[number]);
});
