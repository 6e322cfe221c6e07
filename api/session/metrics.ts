import type { Metrics } from '../../controllers/runtime/metrics.ts';

const BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];

/** What the bridge counts. */
export interface BridgeMetrics {
  /** An upgrade was answered: 101 for a socket, else the refusal. */
  handshake(code: number): void;
  /** A command ended, after so many seconds. */
  ended(verb: string, code: number, seconds: number): void;
  /** A message was refused before it was a command. */
  refused(code: number): void;
  /** Messages of a mirror were thrown away because a socket did not keep up. */
  dropped(messages: number): void;
  /** A socket that did not keep up was sent everything anew, or told what is missing. */
  resynced(): void;
}

/** What is counted when somebody asks. */
export interface BridgeState {
  readonly sockets: number;
  readonly streams: number;
  readonly commands: number;
  /** Bytes that wait to be written to sockets. */
  readonly queued: number;
}

export function bridgeMetrics(metrics: Metrics, state: () => BridgeState): BridgeMetrics {
  const read = (name: string, help: string, value: (state: BridgeState) => number): void => {
    metrics.read({ name, help, labelNames: [] }, () => [{ labels: {}, value: value(state()) }]);
  };
  read('qbo_bridge_sockets', 'Sockets that are connected', ({ sockets }) => sockets);
  read('qbo_bridge_streams', 'Streams of changes that are followed, or were a minute ago', ({ streams }) => streams);
  read('qbo_bridge_commands_in_flight', 'Commands that run, watches included', ({ commands }) => commands);
  read('qbo_bridge_queued_bytes', 'Bytes that wait to be written to sockets', ({ queued }) => queued);
  const handshakes = metrics.count({
    name: 'qbo_bridge_handshakes_total',
    help: 'Requests for a socket by their answer; 101 is a socket',
    labelNames: ['code'],
  });
  handshakes({ code: '101' }, 0);
  handshakes({ code: '401' }, 0);
  const refusals = metrics.count({
    name: 'qbo_bridge_refused_messages_total',
    help: 'Messages that were no command: 400 not understood, 409 an id in use, 429 too many',
    labelNames: ['code'],
  });
  for (const code of ['400', '409', '429']) refusals({ code }, 0);
  const dropped = metrics.count({
    name: 'qbo_bridge_dropped_messages_total',
    help: 'Messages of mirrors that a socket was too slow for',
    labelNames: [],
  });
  dropped({}, 0);
  const resyncs = metrics.count({
    name: 'qbo_bridge_resyncs_total',
    help: 'How often a socket that was too slow was made whole again',
    labelNames: [],
  });
  resyncs({}, 0);
  const durations = metrics.measure(
    {
      name: 'qbo_bridge_command_duration_seconds',
      help: 'How long commands take, watches excluded, by verb and code',
      labelNames: ['verb', 'code'],
      buckets: BUCKETS,
    },
    [],
  );
  return {
    handshake: (code) => {
      handshakes({ code: String(code) });
    },
    ended: (verb, code, seconds) => {
      durations({ verb, code: String(code) }, seconds);
    },
    refused: (code) => {
      refusals({ code: String(code) });
    },
    dropped: (messages) => {
      dropped({}, messages);
    },
    resynced: () => {
      resyncs({});
    },
  };
}
