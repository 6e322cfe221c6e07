import { describe, expect, test } from '@jest/globals';
import { limitsOf, readConfig } from './config.ts';
import { DEFAULT_LIMITS } from './session/limits.ts';

describe('settings of the bridge', () => {
  test('have defaults by which nobody but this machine reaches it', () => {
    const config = readConfig({});

    expect(config).toMatchObject({ QBO_API_ADDRESS: 'localhost', QBO_API_PORT: 9601, QBO_API_AUTH: 'none' });
    expect(config.QBO_API_ORIGINS).toEqual([]);
    expect(limitsOf(config)).toEqual(DEFAULT_LIMITS);
  });

  test('are read from the environment', () => {
    const config = readConfig({
      QBO_API_ADDRESS: '::',
      QBO_API_AUTH: 'accounts',
      QBO_API_ORIGINS: 'https://a.example, https://b.example:8443',
      QBO_API_MESSAGES_PER_SECOND: '7',
      QBO_API_IDLE_SECONDS: '5',
    });

    expect(config.QBO_API_ORIGINS).toEqual(['https://a.example', 'https://b.example:8443']);
    expect(limitsOf(config)).toMatchObject({ messagesPerSecond: 7, messageBurst: 14, idleMs: 5000 });
  });

  test('that are wrong are all named, each with what it should be', () => {
    const wrong = {
      QBO_API_PORT: '70000',
      QBO_API_ADDRESS: 'everywhere',
      QBO_API_ORIGINS: 'a.example',
      QBO_API_REGISTRY: 'hub',
    };

    for (const [name, value] of Object.entries(wrong)) {
      expect(() => readConfig(wrong)).toThrow(`${name}=${value}: `);
    }
    expect(() => readConfig(wrong)).toThrow(/such as https:\/\/console.example/);
  });
});
