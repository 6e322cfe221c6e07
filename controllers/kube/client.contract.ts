import { describe } from '@jest/globals';
import { describeApplies } from './contract/applies.ts';
import { describeDeletes } from './contract/deletes.ts';
import { describeReads } from './contract/reads.ts';
import type { SetUp } from './contract/subject.ts';
import { describeWrites } from './contract/writes.ts';

export { WidgetType, widgetDefinition } from './contract/widget.ts';

/**
 * What every KubeClient keeps to, whatever is behind it. The server must know Widget; `setUp` is called once in each
 * test and gives a namespace that nobody else uses.
 */
export function describeKubeClient(name: string, setUp: SetUp): void {
  describe(`${name} as a KubeClient`, () => {
    describeWrites(setUp);
    describeApplies(setUp);
    describeDeletes(setUp);
    describeReads(setUp);
  });
}
