import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

const MONITORING = join(import.meta.dirname, '../../../manifests/monitoring');

/** A query in PromQL, and where it stands. */
export interface Query {
  readonly where: string;
  readonly expression: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Those of the dashboard's panels and variables, with Grafana's variables filled in. */
export async function dashboardQueries(): Promise<readonly Query[]> {
  const { panels, templating } = JSON.parse(await readFile(join(MONITORING, 'dashboard.json'), 'utf8')) as {
    readonly panels: readonly Panel[];
    readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  };
  const ofPanels = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `panel ${title}`, expression: filled(expr) })),
  );
  const ofVariables = templating.list.flatMap(({ name, definition }) => {
    const [, metric] = /^label_values\((.*), \w+\)$/.exec(definition ?? '') ?? [];
    return metric === undefined ? [] : [{ where: `variable ${name}`, expression: filled(metric) }];
  });
  return [...ofPanels, ...ofVariables];
}

/** Those of the alerts. */
export async function ruleQueries(): Promise<readonly Query[]> {
  const { groups } = parse(await readFile(join(MONITORING, 'rules.yaml'), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expression: expr })));
}

const filled = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '5m').replaceAll(/\$(namespace|cluster)/g, '.*');

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'atan2']);

/** The metrics that a query names, by what is left when selectors, texts, grouping labels and functions are taken away. */
export function metricsOf(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS.has(name)))];
}

/** The names of all series of a family, of the lines `# TYPE name type` of an answer of /metrics. */
export function seriesNames(metricsText: string): ReadonlySet<string> {
  const families = [...metricsText.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    families.flatMap(([, name = '', type]) =>
      type === 'histogram' || type === 'summary' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** The reasons that a query selects by, as `reason="A"` or `reason=~"A|B"`. */
export const reasonsOf = (expression: string): readonly string[] =>
  [...expression.matchAll(/\breason=~?"([^"]*)"/g)].flatMap(([, reasons = '']) => reasons.split('|'));
