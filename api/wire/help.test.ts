import { expect, test } from '@jest/globals';
import { parseCommand } from './command.ts';
import { COMMANDS, VERBS } from './commands.ts';
import { helpText } from './help.ts';

test('the overview names every command that can be used, and the options of the client', () => {
  const text = helpText([], [{ letter: 'o', long: 'output', label: 'FORMAT', text: 'json or yaml' }]);
  for (const { verb } of VERBS) {
    const canBeUsed = COMMANDS.some((entry) => entry.verb === verb && entry.isHidden !== true);
    expect(new RegExp(`^  ${verb}\\b`, 'm').test(text)).toBe(canBeUsed);
  }
  expect(text).toMatch(/^ {2}-o, --output FORMAT +json or yaml$/m);
  expect(text).not.toContain('instance');
});

test('a command is explained with its usage, its options and its examples', () => {
  const text = helpText(parseCommand('help scale clus').names);
  expect(text).toContain('qbo scale cluster CLUSTER... -n NUMBER [--no-wait]');
  expect(text).toMatch(/^ {2}-n, --nodes NUMBER +number of nodes in all/m);
  expect(text).toContain('qbo scale cluster dev -n 5');
});

test('names that -A can stand for are shown as such', () => {
  expect(helpText(['delete', 'cluster'])).toContain('qbo delete cluster {CLUSTER... | -A}');
  expect(helpText(['get', 'node'])).toContain('qbo get nodes [CLUSTER... | -A] [-w]');
});

test('an object is explained by what can be done with it', () => {
  const text = helpText(parseCommand('help nodes').names);
  expect(text).toMatch(/qbo get nodes .*\n.*qbo add node .*\n.*qbo delete node/);
});

test('every topic has a page that fits a terminal and ends with one newline', () => {
  const topics = [[], ...VERBS.map(({ verb }) => [verb]), ...COMMANDS.map(({ verb, object }) => [verb, object ?? ''])];
  for (const topic of topics) {
    const text = helpText(topic.filter((word) => word !== ''));
    expect(text).toMatch(/[^\n]\n$/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  }
});
