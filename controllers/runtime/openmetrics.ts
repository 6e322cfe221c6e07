const OPEN_METRICS = 'application/openmetrics-text';
const PLAIN_TEXT = 'text/plain';

/** The two text formats that Prometheus reads. */
export type MetricsFormat = 'prometheus' | 'openmetrics';

export const CONTENT_TYPE: Readonly<Record<MetricsFormat, string>> = {
  prometheus: `${PLAIN_TEXT}; version=0.0.4; charset=utf-8`,
  openmetrics: `${OPEN_METRICS}; version=1.0.0; charset=utf-8`,
};

/** What a caller with this Accept header wants: OpenMetrics only when it is named, and not liked less. */
export function formatFor(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? '').split(',').map(parseRange);
  const liking = (type: string): number =>
    Math.max(0, ...ranges.filter((range) => range.type === type).map(({ quality }) => quality));
  const open = liking(OPEN_METRICS);
  return open > 0 && open >= liking(PLAIN_TEXT) ? 'openmetrics' : 'prometheus';
}

function parseRange(range: string): { readonly type: string; readonly quality: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const value = quality === undefined ? 1 : Number(quality);
  return { type, quality: Number.isNaN(value) ? 0 : value };
}

/**
 * Prometheus' text format as OpenMetrics 1.0: a counter's family has no `_total`, no line is empty, and the last says
 * that nothing was cut off. prom-client can write it too, but renames its counters for good as it does, so that one
 * registry could not serve both.
 */
export function toOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, name]) => name));
  const lines = text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+)_total(.*)$/.exec(line) ?? [];
    return keyword !== undefined && counters.has(name) ? [`# ${keyword} ${name}${rest}`] : [line];
  });
  return `${lines.join('\n')}\n# EOF\n`;
}
