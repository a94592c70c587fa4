// Runs one network in ONNX Runtime: node run.mjs CASE.json
// CASE.json: {"model": file, "inputs": {name: {"shape": [...], "file": little-endian float32}}, "outputs": {name: file}}.
// Prints {name: shape} of the outputs.
import { readFileSync, writeFileSync } from "node:fs";
import ort from "onnxruntime-node";

const task = JSON.parse(readFileSync(process.argv[2], "utf8"));
const session = await ort.InferenceSession.create(task.model, { intraOpNumThreads: 1 });
const feeds = {};
for (const [name, { shape, file }] of Object.entries(task.inputs)) {
  const bytes = readFileSync(file);
  const numbers = new Float32Array(bytes.length / 4);
  new Uint8Array(numbers.buffer).set(bytes);
  feeds[name] = new ort.Tensor("float32", numbers, shape);
}
const results = await session.run(feeds);
const shapes = {};
for (const [name, file] of Object.entries(task.outputs)) {
  const { data, dims } = results[name];
  writeFileSync(file, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  shapes[name] = dims;
}
console.log(JSON.stringify(shapes));
