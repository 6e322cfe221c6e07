import { expect, test } from '@jest/globals';
import { isTransition, messageExpression, renderMessage } from './rule.ts';

const MESSAGE = "can not be changed from {oldSelf.image?} to {self.image?}: it's fixed";

test('a message shows the values that it names', () => {
  expect(renderMessage(MESSAGE, { image: 'b:2' }, { image: 'a:1' })).toBe(
    "can not be changed from a:1 to b:2: it's fixed",
  );
});

test('a message says none for a value that is not there', () => {
  expect(renderMessage(MESSAGE, {}, { image: 'a:1' })).toBe("can not be changed from a:1 to none: it's fixed");
});

test('a message becomes a CEL expression that asks before it reads an optional field', () => {
  expect(messageExpression(MESSAGE)).toBe(
    "'can not be changed from ' + (has(oldSelf.image) ? oldSelf.image : 'none') + ' to ' + " +
      "(has(self.image) ? self.image : 'none') + ': it\\'s fixed'",
  );
});

test('a message that begins with a value has no empty term', () => {
  expect(messageExpression('{self.podCIDR} overlaps')).toBe("self.podCIDR + ' overlaps'");
});

test('a message without values needs no expression', () => {
  expect(messageExpression('only 1 control plane')).toBeUndefined();
});

test('a rule is about a change when it mentions the old value', () => {
  expect(isTransition({ cel: 'self == oldSelf' })).toBe(true);
  expect(isTransition({ cel: 'self.boldSelfie == 1' })).toBe(false);
});
