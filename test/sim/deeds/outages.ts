import { spell } from './turn.ts';
import type { Deed } from './turn.ts';

/** What happens to the API server, and on the way to it and to the engine. */
export const API_DEEDS: Readonly<Record<string, Deed>> = {
  apiIsAway: spell(
    ({ sim }) => {
      sim.api.stop();
    },
    ({ sim }) => {
      sim.api.start();
    },
  ),
  watchesBreak: ({ sim }) => {
    sim.api.dropWatches();
  },
  historyExpires: ({ sim }) => {
    sim.api.expireHistory();
    sim.api.dropWatches();
  },
  callsFail: spell(
    ({ weather, pick }) => {
      weather.calls = pick([0.05, 0.2, 0.6]) ?? 0;
    },
    ({ weather }) => {
      weather.calls = 0;
    },
  ),
  eventsAreLost: spell(
    ({ weather, pick }) => {
      weather.events = pick([0.1, 0.5]) ?? 0;
    },
    ({ weather }) => {
      weather.events = 0;
    },
  ),
};

/** What happens to the operator's process. */
export const OPERATOR_DEEDS: Readonly<Record<string, Deed>> = {
  operatorIsKilled: ({ sim, pick }) => {
    const downMs = pick([0, 2_000, 40_000]) ?? 0;
    sim.life.end();
    sim.clock.after(downMs, () => {
      if (sim.life.isOver) sim.start();
    });
  },
  operatorDiesAtACall: ({ sim, pick }) => {
    sim.life.endAfter(pick([0, 1, 2, 3, 5, 8, 13, 21]) ?? 0, pick(['before', 'after'] as const) ?? 'before');
    sim.clock.after(3_000, () => {
      if (sim.life.isOver) sim.start();
    });
  },
};
