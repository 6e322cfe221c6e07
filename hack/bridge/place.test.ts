import { describe, expect, test } from '@jest/globals';

import { instanceOf } from '../management/instance.ts';
import { bridgePlace } from './place.ts';

const instance = instanceOf({ QBO_INSTANCE: 'two' });

describe('where the bridge is', () => {
  test('is the documented port of this machine unless something else is asked for', () => {
    expect(bridgePlace(instance, { PATH: '/bin', QBO_API_PORT: '' })).toEqual({
      container: 'two-bridge',
      port: 9601,
      address: '127.0.0.1',
      url: 'ws://localhost:9601/qbo',
      settings: {},
    });
  });

  test.each([
    ['0.0.0.0', '127.0.0.1', 'ws://localhost:7/qbo'],
    ['::', '::1', 'ws://[::1]:7/qbo'],
    ['10.1.2.3', '10.1.2.3', 'ws://10.1.2.3:7/qbo'],
  ])('is reached where it listens: %s', (listensOn, address, url) => {
    const settings = { QBO_API_ADDRESS: listensOn, QBO_API_PORT: '7' };
    expect(bridgePlace(instance, settings)).toMatchObject({ port: 7, address, url, settings });
  });

  test('says the same in whatever order a shell hands its variables over', () => {
    const one = bridgePlace(instance, { QBO_API_PORT: '7', QBO_API_AUTH: 'accounts' });
    const other = bridgePlace(instance, { QBO_API_AUTH: 'accounts', QBO_API_PORT: '7' });

    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test.each(['0', '65536', 'x', '1.5'])('is no port %s', (port) => {
    expect(() => bridgePlace(instance, { QBO_API_PORT: port })).toThrow('which is no port');
  });
});
