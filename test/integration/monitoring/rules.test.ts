import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { run } from '../../../hack/console/run.ts';
import { ensurePromtool } from '../../../hack/promtool/ensure-promtool.ts';
import { ALERTS, type AlertCase } from './alerts.ts';

jest.setTimeout(120_000);

const RULES = join(import.meta.dirname, '../../../manifests/monitoring/rules.yaml');

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert: string; readonly annotations: Readonly<Record<string, string>> }[];
  }[];
}

let folder: string;
let promtool: string;
let rules: Rules;

beforeAll(async () => {
  promtool = await ensurePromtool();
  folder = await mkdtemp(join(tmpdir(), 'qbo-rules-'));
  rules = parse(await readFile(RULES, 'utf8')) as Rules;
  // What is advised is long, and no test is better for saying it twice.
  const brief = rules.groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, annotations: { summary: rule.annotations['summary'] } })),
  }));
  await writeFile(join(folder, 'rules.yaml'), stringify({ groups: brief }));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('promtool accepts the rules', async () => {
  const { stdout } = await run([promtool, 'check', 'rules', RULES]);
  expect(stdout).toContain(`SUCCESS: ${String(rules.groups.flatMap((group) => group.rules).length)} rules found`);
});

test('every alert says what is wrong and what to do, and has a test in which it fires', () => {
  const all = rules.groups.flatMap((group) => group.rules);
  for (const { annotations } of all) expect(Object.keys(annotations)).toEqual(['summary', 'description']);
  const fired = new Set(ALERTS.filter(({ heard }) => heard.length > 0).map(({ alert }) => alert));
  expect([...fired].sort()).toEqual(all.map(({ alert }) => alert).sort());
});

describe('when', () => {
  test.each(ALERTS.map((one) => [one.story, one.heard.length === 0 ? 'is silent' : 'fires', one] as const))(
    '%s, its alert %s',
    async (story, _, one) => {
      const file = join(folder, `${story.replaceAll(/\W+/g, '-')}.yaml`);
      await writeFile(file, stringify(testOf(one)));
      const { stdout } = await run([promtool, 'test', 'rules', file]);
      expect(stdout).toContain('SUCCESS');
    },
  );
});

/** As promtool takes it. */
const testOf = ({ alert, story, series, at, heard }: AlertCase): object => ({
  rule_files: ['rules.yaml'],
  evaluation_interval: '1m',
  tests: [
    {
      name: story,
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: at,
          alertname: alert,
          exp_alerts: heard.map(({ labels, summary }) => ({ exp_labels: labels, exp_annotations: { summary } })),
        },
      ],
    },
  ],
});
