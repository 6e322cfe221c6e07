/** One message of an AsyncAPI document, with what it shows. */
export interface Example<T = object> {
  readonly name: string;
  readonly summary: string;
  readonly payload: T;
}

/** Names that all examples have in common. */
export const MIRROR = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
export const COMMAND = '1ed73c50-26ee-47e1-ae3e-3cfad50d4c06';
