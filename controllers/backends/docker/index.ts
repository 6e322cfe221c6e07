/**
 * Docker, through dockerode. The only folder that imports it. One file for each thing that an engine has; `connection.ts`
 * is the way to the engine, and `refusal.ts` makes sense of its answers.
 */
import { SystemClock } from '../../runtime/clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Containers } from '../containers.ts';
import { Connection } from './connection.ts';
import { ContainerLifecycle } from './containers.ts';
import { engineInfo } from './engine.ts';
import { changes } from './events.ts';
import { exec } from './exec.ts';
import { readFile, writeFiles } from './files.ts';
import { DockerImages } from './images.ts';
import { DockerNetworks } from './networks.ts';
import { stop } from './stop.ts';
import { Units } from './units.ts';
import { updateLimits } from './update.ts';
import { DockerVolumes } from './volumes.ts';

export interface DockerOptions {
  /** Of the engine. Asked for anew at each connection, so the file behind it may be replaced. */
  readonly socketPath: string;
  readonly clock?: Clock;
  /** A pull without any progress for so long is given up; a minute by default. */
  readonly pullStallMs?: number;
}

/** Containers on the Docker engine behind a unix socket. Connects when it is first asked. */
export function dockerContainers(
  { socketPath, clock = new SystemClock(), pullStallMs = 60_000 }: DockerOptions,
  log: Logger,
): Containers {
  const connection = new Connection(socketPath, clock, log);
  const lifecycle = new ContainerLifecycle(connection);
  const units = new Units(connection);
  return {
    engine: { info: (signal) => engineInfo(connection, signal) },
    images: new DockerImages(connection, pullStallMs),
    networks: new DockerNetworks(connection),
    volumes: new DockerVolumes(connection),

    findByOwner: (owner, signal) => lifecycle.findByOwner(owner, signal),
    list: (labels, signal) => lifecycle.list(labels, signal),
    countRunning: (labels, signal) => lifecycle.countRunning(labels, signal),
    find: (nameOrId, signal) => lifecycle.find(nameOrId, signal),
    create: (spec, signal) => lifecycle.create(spec, signal),
    start: (id, signal) => lifecycle.start(id, signal),
    stop: (id, graceSeconds, signal) => stop(connection, id, graceSeconds, signal),
    pause: (id, signal) => lifecycle.pause(id, signal),
    unpause: (id, signal) => lifecycle.unpause(id, signal),
    update: (id, resources, signal) => updateLimits(connection, id, resources, signal),
    remove: (id, signal) => lifecycle.remove(id, signal),

    exec: (id, command, signal) => exec(connection, id, command, signal),
    startUnit: (id, unit, signal) => units.start(id, unit, signal),
    unitState: (id, name, signal) => units.state(id, name, signal),
    waitForUnit: (id, name, signal) => units.waitFor(id, name, signal),
    readFile: (id, path, signal) => readFile(connection, id, path, signal),
    writeFiles: (id, files, signal) => writeFiles(connection, id, files, signal),

    changes: (signal) => changes(connection, signal),
  };
}
