import { X509Certificate } from 'node:crypto';

/** When a certificate is valid: in milliseconds since the epoch. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

/** Of the first certificate in a PEM file, or of the one that a kubeconfig proves its user by. */
export function validityIn(text: string): Validity | undefined {
  const embedded = /^\s*client-certificate-data: (\S+)\s*$/m.exec(text)?.[1];
  const pem = embedded === undefined ? text : Buffer.from(embedded, 'base64').toString();
  const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (block === undefined) return undefined;
  try {
    const { validFromDate, validToDate } = new X509Certificate(block);
    return { from: validFromDate.getTime(), to: validToDate.getTime() };
  } catch {
    // Cut off in the middle: as good as none.
    return undefined;
  }
}
