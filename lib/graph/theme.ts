import type { EdgeState } from './model.ts';

/** Colours of the picture, readable on their paper. */

export type Theme = Readonly<Record<'paper' | 'ink' | 'soft' | 'box' | 'line' | 'frame' | 'area', string>> & {
  readonly states: Readonly<Record<EdgeState, string>>;
};

export const LIGHT: Theme = {
  paper: '#ffffff',
  ink: '#17212b',
  soft: '#51606f',
  box: '#ffffff',
  line: '#7b8896',
  frame: '#b4bec9',
  area: '#f4f7fa',
  states: {
    lost: '#b71c1c',
    drift: '#b71c1c',
    gone: '#b71c1c',
    'not-judged': '#7b1fa2',
    pending: '#8f5200',
    unmanaged: '#66727f',
    routed: '#1b7a3f',
  },
};

export const DARK: Theme = {
  paper: '#12181f',
  ink: '#e6edf3',
  soft: '#a9b6c3',
  box: '#1f2933',
  line: '#748495',
  frame: '#465462',
  area: '#182029',
  states: {
    lost: '#ff8a80',
    drift: '#ff8a80',
    gone: '#ff8a80',
    'not-judged': '#d7a6ff',
    pending: '#ffb74d',
    unmanaged: '#a9b6c3',
    routed: '#5fc880',
  },
};
