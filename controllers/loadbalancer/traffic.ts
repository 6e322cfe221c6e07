import type { BalancedRule } from '../../crds/load-balancer.ts';
import { serviceKey } from '../backends/dataplane.ts';
import { lastOf } from './ports.ts';

/** The dataplane's names of a rule's services: one a port. */
export const keysOf = (rule: BalancedRule, address: string): readonly string[] =>
  Array.from({ length: lastOf(rule) - rule.port + 1 }, (_, offset) =>
    serviceKey({ protocol: rule.protocol, address, port: rule.port + offset }),
  );
