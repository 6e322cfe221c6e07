import { BALANCING_DEEDS } from './balancing.ts';
import { ENGINE_DEEDS } from './engine.ts';
import { API_DEEDS, OPERATOR_DEEDS } from './outages.ts';
import type { Deed } from './turn.ts';
import { USER_DEEDS } from './user.ts';

export const DEEDS: Readonly<Record<string, Deed>> = {
  ...USER_DEEDS,
  ...ENGINE_DEEDS,
  ...API_DEEDS,
  ...OPERATOR_DEEDS,
};

/** What may happen where there are load balancers. */
export const ALL_DEEDS: Readonly<Record<string, Deed>> = { ...DEEDS, ...BALANCING_DEEDS };
