import { expect, test } from '@jest/globals';
import { isImageReference, nameAndTag } from './image-reference.ts';

test.each([
  ['kindest/node:v1', { fromImage: 'kindest/node', tag: 'v1' }],
  ['kindest/node', { fromImage: 'kindest/node', tag: 'latest' }],
  ['localhost:5000/node', { fromImage: 'localhost:5000/node', tag: 'latest' }],
  ['localhost:5000/node:v1', { fromImage: 'localhost:5000/node', tag: 'v1' }],
  ['kindest/node:v1@sha256:ab', { fromImage: 'kindest/node:v1', tag: 'sha256:ab' }],
])('%s is asked for as one image', (reference, asked) => {
  expect(nameAndTag(reference)).toEqual(asked);
});

test.each(['kindest/node:v1', 'localhost:5000/a-b/c_d:v1.2', 'sha256:0123abcd', 'a@sha256:ab'])(
  '%s may be an image',
  (text) => {
    expect(isImageReference(text)).toBe(true);
  },
);

test.each(['', 'Not A Name', '../networks/x', 'a/../../b', 'a?b=c', 'a#b', '/a', 'a%2fb'])('%j is no image', (text) => {
  expect(isImageReference(text)).toBe(false);
});
