import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '../../cli/config/index.ts';
import { bridgePlace } from '../bridge/place.ts';
import { instanceOf } from '../management/instance.ts';
import { forgetBridge, tellBridge } from './command-line.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'qbo-home-'));
});
afterEach(() => rm(home, { recursive: true }));

const [one, two] = [instanceOf({}), instanceOf({ QBO_INSTANCE: 'two' })];
const at = (port: number, address = 'localhost') =>
  bridgePlace(one, { QBO_API_PORT: String(port), QBO_API_ADDRESS: address });
const file = (): string => join(home, '.qbo', '.cli.db');
const configured = () => loadConfig({ home, variables: {} }, (_, message) => expect(message).toBeUndefined());

describe('what make up tells the command line', () => {
  test('is where the bridge is, for nobody else to read, and is written once', async () => {
    expect(await tellBridge(one, at(9700), home)).toBe('changed');
    expect(await tellBridge(one, at(9700), home)).toBe('unchanged');
    expect(await configured()).toEqual({ host: 'localhost', port: 9700, isEncrypted: false });
    expect((await stat(file())).mode & 0o777).toBe(0o600);

    expect(await tellBridge(one, at(9701, '192.168.1.7'), home)).toBe('changed');
    expect(await configured()).toEqual({ host: '192.168.1.7', port: 9701, isEncrypted: false });
  });

  test('does not replace what another installation has told, nor does that one forget it', async () => {
    await tellBridge(one, at(9700), home);
    expect(await tellBridge(two, at(9701), home)).toBe('another installation');
    expect(await forgetBridge(two, home)).toBe(false);
    expect(await configured()).toMatchObject({ port: 9700 });
    expect(await forgetBridge(one, home)).toBe(true);
    expect(await tellBridge(two, at(9701), home)).toBe('changed');
  });

  test('leaves a file of the same name alone that somebody else has made', async () => {
    await tellBridge(one, at(9700), home);
    await writeFile(file(), 'SQLite format 3');
    expect(await tellBridge(one, at(9700), home)).toBe('another installation');
    expect(await forgetBridge(one, home)).toBe(false);
    expect(await readFile(file(), 'utf8')).toBe('SQLite format 3');
  });
});
