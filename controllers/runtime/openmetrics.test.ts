import { describe, expect, test } from '@jest/globals';
import { formatFor, toOpenMetrics } from './openmetrics.ts';

describe('the format of an answer', () => {
  test.each([
    [undefined, 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    // What Prometheus 2 and 3 send.
    ['application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'openmetrics'],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'openmetrics',
    ],
    ['text/plain;q=0.9, application/openmetrics-text;q=0.3', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;q=much', 'prometheus'],
  ])('for Accept %s is %s', (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});

test('OpenMetrics names a counter’s family without _total, has no empty line, and ends with a mark', () => {
  const text = [
    '# HELP a_total Things',
    '# TYPE a_total counter',
    'a_total{x="# TYPE a_total counter"} 1',
    '',
    '# HELP handles_total A gauge that only sounds like a counter',
    '# TYPE handles_total gauge',
    'handles_total 2',
    '',
  ].join('\n');

  expect(toOpenMetrics(text)).toBe(
    [
      '# HELP a Things',
      '# TYPE a counter',
      'a_total{x="# TYPE a_total counter"} 1',
      '# HELP handles_total A gauge that only sounds like a counter',
      '# TYPE handles_total gauge',
      'handles_total 2',
      '# EOF',
      '',
    ].join('\n'),
  );
});
