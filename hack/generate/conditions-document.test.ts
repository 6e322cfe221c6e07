import { expect, test } from '@jest/globals';
import { catalogue } from '../../crds/errors.ts';
import { conditionsDocument } from './conditions-document.ts';
import { documentedCatalogues } from './documented.ts';
import { errorSentences } from './error-sentences.ts';

test('a word means what the comment above it says, or what an earlier catalogue says of the same word', () => {
  const source = `
export const ClusterCondition = {
  /**
   * All is
   * well.
   */
  Ready: 'Ready',

  /** It is held. */
  Paused: 'Paused',
} as const;

export const NodeCondition = {
  Paused: 'Paused',
  /** The node is well. */
  Ready: 'Ready',
} as const;
`;
  expect(Object.fromEntries(documentedCatalogues(source))).toEqual({
    ClusterCondition: [
      { name: 'Ready', text: 'All is well.' },
      { name: 'Paused', text: 'It is held.' },
    ],
    NodeCondition: [
      { name: 'Paused', text: 'It is held.' },
      { name: 'Ready', text: 'The node is well.' },
    ],
  });
});

test('a word without a comment is refused by its name', () => {
  expect(() => documentedCatalogues("export const Reason = {\n  Odd: 'Odd',\n} as const;\n")).toThrow(
    'Reason.Odd has no comment',
  );
});

test('every error is shown as its sentence, with the names of its details', () => {
  const sentences = errorSentences();
  expect(sentences.map(({ code }) => code)).toEqual(Object.keys(catalogue));
  expect(sentences.find(({ code }) => code === 'SubnetOverlap')?.text).toMatch(
    /^Cluster <cluster> wants <wanted>, but <taken\.by> has <taken\.subnet>\. /,
  );
  for (const { text } of sentences) expect(text).not.toMatch(/undefined|\[object/);
});

test('a sentence that would break a table, or be taken for HTML, is written so that it is not', () => {
  const nothing = {
    clusters: [],
    nodes: [],
    networks: [],
    users: [],
    addressPools: [],
    loadBalancers: [],
    reasons: [],
    events: [],
  };
  const errors = [{ code: 'Odd', retryable: true, text: 'One|two <name>\nand `<kept>`' }];
  expect(conditionsDocument({ ...nothing, errors })).toContain('| `Odd` | yes | One\\|two `<name>` and `<kept>` |');
});
