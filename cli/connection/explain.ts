/** What went wrong before a connection stood, in one sentence that says what to do. */
import type { IncomingMessage } from 'node:http';

import { isLoopback, type Config } from '../config/index.ts';
import { ExitCode } from '../exit-codes.ts';
import { CliFailure, messageOf } from '../failure.ts';
import { oneLine } from '../output/plain.ts';
import { addressOf } from './address.ts';

/** For an error of the network or of TLS. */
export function connectionFailure(config: Config, error: Error): CliFailure {
  const code = codeOf(error);
  const sentence = TLS_CODES.test(code) ? untrusted(config, error, code) : away(config, error, code);
  return new CliFailure(ExitCode.unreachable, sentence, { cause: error });
}

/** localhost has two addresses; when both refuse, the error holds one for each. */
function codeOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const code = (first as { code?: unknown }).code;
  return typeof code === 'string' ? code : '';
}

const TLS_CODES =
  /CERT|^(UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;

function untrusted(config: Config, error: Error, code: string): string {
  const address = addressOf(config);
  if (/^(EPROTO|ERR_SSL)/.test(code)) {
    return `${address} does not speak TLS on this port. Correct the port (QBO_PORT, or qbo_port in ~/.qbo/cli.json), or set QBO_SSL=0 if it is meant to be unencrypted.`;
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return `The certificate of ${address} has expired. Ask whoever runs the bridge to renew it, and check this machine's clock.`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `The certificate of ${address} is for another host name (${oneLine(messageOf(error))}). Set QBO_HOST, or qbo_host in ~/.qbo/cli.json, to a name that it is for.`;
  }
  return `The certificate of ${address} is not trusted (${oneLine(messageOf(error))}). If it is your own authority's, name the authority's file: NODE_EXTRA_CA_CERTS=ca.pem qbo version`;
}

function away(config: Config, error: Error, code: string): string {
  const address = addressOf(config);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The host ${config.host} is not known here. Correct QBO_HOST, or qbo_host in ~/.qbo/cli.json.`;
  }
  if (code === 'ECONNREFUSED') {
    const next = isLoopback(config.host)
      ? 'Start it with `make up`, or name another one in QBO_HOST and QBO_PORT.'
      : 'Check QBO_HOST and QBO_PORT, or qbo_host and qbo_port in ~/.qbo/cli.json.';
    return `No bridge listens at ${address}. ${next}`;
  }
  if (/timed out|timeout/i.test(error.message) || code === 'ETIMEDOUT') {
    return `${address} does not answer. Check QBO_HOST and QBO_PORT, and whether a firewall is in between.`;
  }
  return `${address} can not be reached (${oneLine(code || messageOf(error))}). Check that it is a bridge, and the way to it.`;
}

const LONGEST_ANSWER = 4_096;

/** For an answer of HTTP where a websocket was asked for. */
export async function rejectionFailure(config: Config, response: IncomingMessage): Promise<CliFailure> {
  const status = response.statusCode ?? 0;
  const address = addressOf(config);
  if (status === 401) {
    response.destroy();
    return new CliFailure(ExitCode.denied, deniedSentence(config));
  }
  const said = await bodyOf(response);
  const quoted = said === '' ? '' : ` It says: ${said}`;
  if (status === 403) return new CliFailure(ExitCode.denied, `${address} lets nobody in from here (403).${quoted}`);
  if (status === 429 || status === 503) {
    return new CliFailure(
      ExitCode.unreachable,
      `${address} takes no connection right now (${status}).${quoted} Try again later.`,
    );
  }
  return new CliFailure(
    ExitCode.unreachable,
    `${address} is no bridge: it answers a websocket with HTTP ${status}.${quoted} Correct QBO_HOST and QBO_PORT.`,
  );
}

/** The bridge gives no hint why, so here is all that it can be. */
function deniedSentence(config: Config): string {
  const address = addressOf(config);
  if (config.credentials === undefined) {
    return `${address} asks who you are (401), and you have no account here. Put the cli.json that you were given into ~/.qbo/cli.json, or set QBO_UID and QBO_AUX.`;
  }
  const kind = typeof config.credentials.uid === 'string' ? 'web token' : 'service account';
  return `${address} does not accept your ${kind} (401): it is unknown, revoked or expired. Get a new one from whoever runs the bridge, and put it into ~/.qbo/cli.json.`;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > LONGEST_ANSWER) break;
    }
  } catch {
    // What came so far is all there is to quote.
  }
  return oneLine(text.slice(0, 300));
}
