import { expect, test } from '@jest/globals';
import { newestTag } from './image-choice.ts';

test('versions are compared as numbers, not as text', () => {
  expect(newestTag(['kindest/node:v1.9.0', 'kindest/node:v1.35.4', 'kindest/node:v1.35.10'])).toBe(
    'kindest/node:v1.35.10',
  );
});

test('a release is newer than its candidates', () => {
  expect(newestTag(['qbo/node:v1.36.0-rc.1', 'qbo/node:v1.36.0', 'qbo/node:v1.35.9'])).toBe('qbo/node:v1.36.0');
});

test('tags that are no version are never chosen: they may move', () => {
  expect(newestTag(['kindest/node:latest', 'registry:5000/node:main'])).toBeUndefined();
});

test('a port in the registry is not taken for a tag', () => {
  expect(newestTag(['registry:5000/node:v1.35.4'])).toBe('registry:5000/node:v1.35.4');
});

test('the choice does not depend on the order of equals', () => {
  expect(newestTag(['b/node:v1.35.4', 'a/node:v1.35.4'])).toBe('a/node:v1.35.4');
});
