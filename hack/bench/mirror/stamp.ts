/** Milliseconds since 1970 with three decimals, as 17 characters that can be read where they stand. */
export const stamp = (ms: number): string => ms.toFixed(3).padStart(17, '0');

export const STAMP_LENGTH = 17;
