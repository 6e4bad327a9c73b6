import type { EdgeState } from './model.ts';
import { DARK, LIGHT, type Theme } from './theme.ts';

/** How the picture looks, in a file of its own and in a page. */

const FONT = 'ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace';

/** Width and dashes: the states are told apart without colours. */
const LINES: Readonly<Record<EdgeState, string>> = {
  lost: 'stroke-width:3;stroke-dasharray:3 4',
  drift: 'stroke-width:3;stroke-dasharray:12 4',
  gone: 'stroke-width:3;stroke-dasharray:1 6;stroke-linecap:round',
  'not-judged': 'stroke-width:3;stroke-dasharray:12 4 2 4',
  pending: 'stroke-width:2.4;stroke-dasharray:7 4',
  unmanaged: 'stroke-width:1.2',
  routed: 'stroke-width:1.6',
};

function variables({ paper, ink, soft, box, line, frame, area, states }: Theme): string {
  return [...Object.entries({ paper, ink, soft, box, line, frame, area }), ...Object.entries(states)]
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
}

const STATES = (Object.keys(LINES) as EdgeState[]).flatMap((state) => [
  `.peerings .${state}{--own:var(--${state})}`,
  `.peerings .edge.${state}>.line{${LINES[state]}}`,
]);

const PICTURE = [
  `.peerings{background:var(--paper);font-family:${FONT}}`,
  `.peerings text{fill:var(--ink);font-family:${FONT};white-space:pre}`,
  '.peerings .backdrop{fill:var(--paper)}',
  '.peerings .title,.peerings .frame.account text{font-weight:600}',
  '.peerings .id,.peerings .soft,.peerings .state,.peerings .frame text{fill:var(--soft)}',
  '.peerings .bad{fill:var(--lost);font-weight:600}',
  '.peerings .frame text{font-size:10px}.peerings .frame .worst{fill:var(--own);font-weight:600}',
  '.peerings .frame.account>rect{fill:var(--area);stroke:var(--frame)}',
  '.peerings .frame.region>rect{fill:none;stroke:var(--frame);stroke-dasharray:2 3}',
  '.peerings .press{fill:transparent}',
  '.peerings .card>rect{fill:var(--box);stroke:var(--line)}',
  '.peerings .card.other>rect{stroke-dasharray:4 3}',
  '.peerings .card.hub>rect{stroke-width:2.4;stroke:var(--ink)}',
  '.peerings .card.alone>rect{fill:none;stroke:var(--frame)}',
  '.peerings .rule{stroke:var(--frame);stroke-width:.7}',
  '.peerings .line,.peerings .near{fill:none}',
  '.peerings .line{stroke:var(--own)}',
  '.peerings .near{stroke:transparent;stroke-width:9}',
  '.peerings .mark{fill:var(--own);stroke:var(--own);stroke-width:1.6}',
  '.peerings .mark.unmanaged,.peerings .mark.pending,.peerings .mark.gone,.peerings .mark.not-judged{fill:var(--box)}',
  '.peerings .edge.lost .state,.peerings .edge.drift .state,.peerings .edge.gone .state,.peerings .edge.not-judged .state,.peerings .edge.pending .state{fill:var(--own);font-weight:600}',
  '.peerings .edge:hover>.line,.peerings .edge:focus>.line,.peerings .edge.near-it>.line{stroke-width:4.5}',
  '.peerings .edge:hover .name{text-decoration:underline}',
];

/** Of what the script adds, and of what it marks. */
const CONTROLS = [
  '.peerings.live{cursor:grab;touch-action:none;user-select:none}.peerings.live.held{cursor:grabbing}',
  '.peerings [data-fold]{cursor:pointer}.peerings [data-fold]:hover>.press{fill:var(--line);fill-opacity:.18}',
  '.peerings :focus{outline:none}.peerings .card:focus-visible>rect,.peerings .head:focus-visible>.press{stroke:var(--focus);stroke-width:3;stroke-dasharray:none}',
  '.peerings .edge:focus-visible .name{text-decoration:underline;fill:var(--focus)}',
  '.peerings.live:focus-visible{outline:3px solid var(--focus);outline-offset:-3px}',
  '.peerings .faint{opacity:.18}.peerings .card.found>rect{stroke:var(--focus);stroke-width:3}',
  '.peerings-tools,.peerings-panel{box-sizing:border-box;color:var(--ink);background:var(--paper);font:13px/1.45 system-ui,-apple-system,"Segoe UI",Arial,sans-serif}',
  '.peerings-tools{display:flex;flex-wrap:wrap;gap:6px;align-items:center;padding:8px;border-bottom:1px solid var(--frame)}',
  '.peerings-tools button,.peerings-tools input[type=search]{font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);border-radius:6px;padding:4px 9px;min-height:30px;margin:0}',
  '.peerings-tools input[type=search]{width:17.5rem;max-width:100%;background:var(--paper);box-sizing:border-box}',
  '.peerings-tools button{cursor:pointer}.peerings-tools label{display:inline-flex;gap:5px;align-items:center}',
  '.peerings-tools button:focus-visible,.peerings-tools input:focus-visible{outline:3px solid var(--focus);outline-offset:1px}',
  '.peerings-tools output{color:var(--soft)}',
  '.peerings-panel{padding:8px 12px;border-top:1px solid var(--frame);height:7.2em;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}',
  '.peerings-panel b{display:block}',
];

/** Dark and light as the reader has it; on paper always light. */
export const PICTURE_STYLE = [
  `.peerings,.peerings-tools,.peerings-panel{${variables(LIGHT)};--focus:#0b57a4}`,
  `@media screen and (prefers-color-scheme:dark){.peerings,.peerings-tools,.peerings-panel{${variables(DARK)};--focus:#8ab8ff}}`,
  ...STATES,
  ...PICTURE,
  ...CONTROLS,
  '@media print{.peerings:root{width:100%;height:100%}.peerings-tools,.peerings-panel{display:none!important}.peerings .faint{opacity:1}}',
].join('\n');
