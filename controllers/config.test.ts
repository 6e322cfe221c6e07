import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

test('nothing has to be set', () => {
  expect(readConfig({})).toMatchObject({
    QBO_INSTANCE: 'qbo',
    QBO_ENGINE_SOCKET: '/var/run/docker.sock',
    QBO_SUBNET_POOLS: ['172.18.0.0/15', '172.20.0.0/14'],
    QBO_HEALTH_PORT: 9602,
  });
});

test('every wrong setting is named, with what it should be', () => {
  expect(() => readConfig({ QBO_SUBNET_POOLS: '172.18.0.0/15,nonsense', QBO_HEALTH_PORT: 'http' })).toThrow(
    /QBO_SUBNET_POOLS=172\.18\.0\.0\/15,nonsense: must be IPv4 blocks[^]*QBO_HEALTH_PORT=http/,
  );
});
