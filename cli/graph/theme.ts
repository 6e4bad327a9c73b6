import type { EdgeState } from './model.ts';

/** Colours of graph and report, readable on their paper. */

export type Theme = Readonly<Record<'paper' | 'ink' | 'box' | 'line' | 'frame', string>> & {
  readonly states: Readonly<Record<EdgeState, string>>;
};

export const LIGHT: Theme = {
  paper: '#ffffff',
  ink: '#17212b',
  box: '#f1f5f9',
  line: '#51606f',
  frame: '#8a97a6',
  states: {
    routed: '#1b6e3a',
    drift: '#b71c1c',
    lost: '#b71c1c',
    pending: '#8f5200',
    unmanaged: '#55626f',
    gone: '#b71c1c',
  },
};

export const DARK: Theme = {
  paper: '#12181f',
  ink: '#e6edf3',
  box: '#1f2933',
  line: '#9fb0c0',
  frame: '#5b6b7b',
  states: {
    routed: '#6fd08c',
    drift: '#ff8a80',
    lost: '#ff8a80',
    pending: '#ffb74d',
    unmanaged: '#a9b6c3',
    gone: '#ff8a80',
  },
};
