/** A Kubernetes quantity: a number, or text as in `1500m` and `2Gi`. */
export type Quantity = number | string;

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?$/;

const SUFFIXES: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** What it says, in units; undefined when it is none. */
export function parseQuantity(quantity: Quantity): number | undefined {
  const [, number, suffix = '', exponent = '0'] = QUANTITY.exec(String(quantity)) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * (SUFFIXES[suffix] ?? 10 ** Number(exponent));
}

/** Thousandths of a CPU, rounded up as Kubernetes does. */
export const millicpus = (quantity: Quantity): number | undefined => rounded(parseQuantity(quantity), 1000);

/** Whole bytes, rounded up as Kubernetes does. */
export const bytes = (quantity: Quantity): number | undefined => rounded(parseQuantity(quantity), 1);

/** To six digits first: what a double makes of 1.1 * 1000 is no reason to round up. */
const rounded = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : Math.ceil(Number((value * factor).toFixed(6)));
