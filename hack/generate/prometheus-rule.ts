import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const SOURCE = 'manifests/monitoring/rules.yaml';

/** The rules as an object that the Prometheus operator takes, made of the file that Prometheus itself reads. */
export function prometheusRule(): string {
  const rules = parse(readFileSync(join(import.meta.dirname, '..', '..', SOURCE), 'utf8')) as object;
  const labels = { 'app.kubernetes.io/name': 'qbo-operator', 'app.kubernetes.io/part-of': 'qbo' };
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'qbo-operator', namespace: 'qbo-system', labels },
    spec: rules,
  };
  return `# Generated from ${SOURCE} by \`make generate\`. Do not edit.\n${stringify(object, { lineWidth: 120 })}`;
}
