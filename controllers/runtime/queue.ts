/** 'live' passes 'initial': what happens now goes before the first list and resyncs. */
export type Priority = 'live' | 'initial';
