/**
 * What the host and an instance say to each other, over a pipe: frames of two lengths (32 bits), a JSON header and a payload.
 * Not Node's own child process channel, because there a function that writes nonsense into it takes the host down.
 */
export interface Frame<Header> {
  header: Header;
  payload: Buffer;
}

/** The host gives an instance one request at a time; the payload is the event. */
export interface ToInstance {
  requestId: string;
  invokedFunctionArn: string;
  traceId?: string;
  /** Machine time in milliseconds since 1970 at which the function times out. */
  deadlineMs: number;
}

/**
 * The payload is what was printed, the answer, or the error's JSON text. An answer over 6 MB comes without payload.
 * After an answer that `isLast` the instance ends: a request that is still sent to it would fail with it.
 */
export type FromInstance =
  | { type: 'ready' | 'init-error' | 'log' }
  | { type: 'answer'; isError: boolean; isTooLarge: boolean; isLast: boolean; durationMs: number };

const LENGTHS_BYTES = 8;
const LARGEST_HEADER_BYTES = 65_536;
const LARGEST_PAYLOAD_BYTES = 16 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export function toBytes<Header>(header: Header, payload: string | Uint8Array = NOTHING): Buffer {
  const head = Buffer.from(JSON.stringify(header));
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return Buffer.concat([lengths, head, body]);
}

/** Takes the bytes of a pipe as they come and gives `onFrame` each whole frame. Throws when the bytes are no frames. */
export function createFrameReader<Header>(onFrame: (frame: Frame<Header>) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let wantedBytes = LENGTHS_BYTES;

  return (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < wantedBytes) return;
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks, bytes);
    for (wantedBytes = frameBytes(rest); rest.length >= wantedBytes; wantedBytes = frameBytes(rest)) {
      onFrame(toFrame(rest.subarray(0, wantedBytes)));
      rest = rest.subarray(wantedBytes);
    }
    chunks = rest.length ? [rest] : [];
    bytes = rest.length;
  };
}

/** How long the frame is that `bytes` begins with, as far as one can tell. */
function frameBytes(bytes: Buffer): number {
  if (bytes.length < LENGTHS_BYTES) return LENGTHS_BYTES;
  const [headerBytes, payloadBytes] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  if (headerBytes > LARGEST_HEADER_BYTES || payloadBytes > LARGEST_PAYLOAD_BYTES) throw new Error('the pipe carries no frames');
  return LENGTHS_BYTES + headerBytes + payloadBytes;
}

function toFrame<Header>(frame: Buffer): Frame<Header> {
  const payloadAt = LENGTHS_BYTES + frame.readUInt32BE(0);
  return { header: JSON.parse(frame.toString('utf8', LENGTHS_BYTES, payloadAt)), payload: frame.subarray(payloadAt) };
}
