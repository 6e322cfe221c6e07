/** How long to wait before each new try to connect: doubling from 250 ms to 5 s, each anywhere between half and whole. */
export function* backoff(random: () => number): Generator<number, never> {
  for (let ms = FIRST_MS; ; ms = Math.min(ms * 2, LONGEST_MS)) yield ms * (0.5 + random() / 2);
}

const FIRST_MS = 250;
const LONGEST_MS = 5_000;
