import { escapeHtml } from './escape.ts';
import type { PictureView } from './layout/fold.ts';
import { descriptionOf } from './legend.ts';
import type { PeeringGraph } from './model.ts';
import type { Drawable } from './overview.ts';
import { pictureOf } from './picture.ts';
import { PICTURE_SCRIPT } from './picture-script.ts';
import { PICTURE_STYLE } from './style.ts';

/** JSON that means the same in XML and in HTML, whatever it holds. */
function dataOf(graph: PeeringGraph): string {
  return JSON.stringify(graph).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What stands behind the picture: the graph for the script, and the script where the page has none. */
function elementOf(graph: PeeringGraph, view: PictureView, behind: string): string {
  const { svg, width, height } = pictureOf(graph, view, 'still');
  return `<svg xmlns="http://www.w3.org/2000/svg" class="peerings" role="group" aria-label="${escapeHtml(descriptionOf(graph))}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<style>${PICTURE_STYLE}</style>
<rect class="backdrop" width="100%" height="100%"/>
<g class="still">${svg}</g>
${behind}</svg>
`;
}

function metadataOf(graph: PeeringGraph): string {
  return `<metadata class="graph-data">${dataOf(graph)}</metadata>\n`;
}

/**
 * The picture as an SVG element, for a page that runs `PICTURE_SCRIPT` itself. It is whole without the script, which
 * makes it one that can be searched, folded and moved.
 */
export function svgForPage(graph: PeeringGraph, { view, script }: Drawable): string {
  return elementOf(graph, view, script === 'full' ? metadataOf(graph) : '');
}

/** A file that needs nothing else. */
export function svgFile(graph: PeeringGraph, { view, script }: Drawable): string {
  const behind = `${metadataOf(graph)}<script><![CDATA[${PICTURE_SCRIPT}]]></script>\n`;
  return elementOf(graph, view, script === 'full' ? behind : '');
}
