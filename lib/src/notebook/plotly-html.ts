/**
 * A Plotly figure as HTML that needs no network.
 *
 * JupyterLab has no renderer for Plotly, so the first figure of a notebook carries the whole plotly.js (4.8 MB) and the later
 * ones only their data. Script is taken out of untrusted notebooks; what stands in the host element until Plotly replaces it
 * survives there.
 */
import fs from 'node:fs';
import type { PlotlyFigure } from '../plot/spec';

const DEFAULT_HEIGHT = 450; // pixels, Plotly's own

interface PlotlyHtmlOptions {
  /** Of the element that the figure is drawn into; unique on the page. */
  readonly id: string;
  /** HTML that stands in for the figure where scripts do not run. */
  readonly still: string;
  /** Whether plotly.js itself comes along. */
  readonly withLibrary: boolean;
}

export function plotlyHtml(figure: PlotlyFigure, { id, still, withLibrary }: PlotlyHtmlOptions): string {
  const height = Number((figure.layout as { height?: unknown }).height) || DEFAULT_HEIGHT;
  const host = `<div id="${id}" style="min-height:${height}px">${still}</div>`;
  return `${withLibrary ? `${libraryScript()}\n` : ''}${host}\n<script>${drawScript(id, figure)}</script>`;
}

/** Shadows what would make the bundle register itself as an AMD or CommonJS module instead of setting `window.Plotly`. */
function libraryScript(): string {
  const source = fs.readFileSync(require.resolve('plotly.js-dist-min'), 'utf8');
  return `<script>window.Plotly || (function (define, exports, module) {\n${source}\n}).call(window);</script>`;
}

/** Waits for plotly.js, which may stand in an output that the page adds later. */
function drawScript(id: string, figure: PlotlyFigure): string {
  return `(function () {
  var tries = 0;
  (function draw() {
    var host = document.getElementById(${scriptJson(id)});
    if (host && window.Plotly) {
      host.textContent = '';
      window.Plotly.newPlot(host, ${scriptJson(figure.data)}, ${scriptJson(figure.layout)}, { responsive: true, displaylogo: false });
      ${hasPictures(figure) ? HOVER_PICTURES : ''}
    } else if (tries++ < 150) {
      setTimeout(draw, 200);
    } else if (host) {
      host.appendChild(document.createTextNode('plotly.js is not on this page: run the notebook from its first plot'));
    }
  })();
})();`;
}

/**
 * Shows the picture whose address is a point's `customdata` beside the pointer. Plotly's own labels cannot hold pictures; and in three
 * dimensions it does not say where the pointer is.
 */
const HOVER_PICTURES = `var picture = document.body.appendChild(document.createElement('img'));
      picture.alt = '';
      picture.className = 'plotly-picture';
      picture.style.cssText = 'position:fixed;display:none;width:96px;border:1px solid #98a0ad;image-rendering:pixelated;pointer-events:none;z-index:10000';
      host.addEventListener('pointermove', function (event) {
        picture.style.left = event.clientX + 16 + 'px';
        picture.style.top = event.clientY + 16 + 'px';
      }, true);
      host.on('plotly_hover', function (event) {
        var point = event.points[0];
        var address = (point.data.customdata || [])[point.pointNumber];
        if (!/^data:image\\//.test(address)) return;
        picture.src = address;
        picture.style.display = 'block';
      });
      host.on('plotly_unhover', function () { picture.style.display = 'none'; });`;

function hasPictures({ data }: PlotlyFigure): boolean {
  return data.some((trace) => 'customdata' in trace);
}

/** JSON that may stand in a script element; typed arrays become lists. */
function scriptJson(value: unknown): string {
  const plain = (_key: string, part: unknown) =>
    ArrayBuffer.isView(part) && !(part instanceof DataView) ? Array.from(part as Float32Array) : part;
  return JSON.stringify(value, plain)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
