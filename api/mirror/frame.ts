const TEXT = 0x81;
const SHORT = 126;
const MEDIUM = 0x1_0000;

/**
 * A text as one websocket frame from a server (RFC 6455: final, unmasked, uncompressed). It is the same for every socket, so it is made
 * once and written to any number of them, several at a time.
 */
export function frameOf(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const header = headerOf(size);
  const frame = Buffer.allocUnsafe(header.length + size);
  header.copy(frame);
  frame.write(text, header.length);
  return frame;
}

function headerOf(size: number): Buffer {
  if (size < SHORT) return Buffer.from([TEXT, size]);
  if (size < MEDIUM) return Buffer.from([TEXT, SHORT, size >> 8, size & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = TEXT;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(size), 2);
  return header;
}
