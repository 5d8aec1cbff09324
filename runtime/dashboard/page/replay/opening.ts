/** Reads a recording from a file, in pieces, so that the page stays alive meanwhile. */
import { type Recording, RecordingError, RecordingReader } from "./recording.js";

/** A cut of 80 % of Munich is some 20 MB. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;
/** The page may answer the viewer after so long. Unit: ms. */
const TURN_MS = 30;

/** @throws RecordingError */
export async function openRecording(file: Blob, onProgress: (share: number) => void): Promise<Recording> {
  if (file.size > FILE_BYTES_MAX) throw new RecordingError(0, "The file is larger than 512 MiB.");
  const reader = new RecordingReader();
  const decoder = new TextDecoder();
  const stream = file.stream().getReader();
  let bytes = 0;
  let turnMs = performance.now();
  for (;;) {
    const { done, value } = await stream.read();
    if (done) break;
    bytes += value.length;
    reader.push(decoder.decode(value, { stream: true }));
    if (performance.now() - turnMs < TURN_MS) continue;
    onProgress(bytes / file.size);
    await new Promise((resolve) => setTimeout(resolve));
    turnMs = performance.now();
  }
  reader.push(decoder.decode());
  return reader.end();
}
