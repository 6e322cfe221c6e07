import { expect, test } from '@jest/globals';

import { enginePlaces } from './places.ts';
import { engineArguments } from './start-engine.ts';

const places = enginePlaces('/cache/qbo', '/run/qbo');

test('our engine listens where plain docker looks, and keeps its images in the cache', () => {
  const words = engineArguments(places).join(' ');

  expect(words).toContain('--host unix:///var/run/docker.sock');
  expect(words).toContain('--data-root /cache/qbo/engine/data');
});

test('the runtime wrapper is the default where there is one, and not mentioned where there is none', () => {
  expect(engineArguments(places, '/cache/runc').join(' ')).toMatch(
    /--add-runtime qbo-runc=\/cache\/runc --default-runtime qbo-runc$/,
  );
  expect(engineArguments(places).join(' ')).not.toContain('runtime');
});
