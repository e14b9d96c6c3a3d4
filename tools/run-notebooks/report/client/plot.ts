/** A Vega-Lite plot, drawn in place of its still picture: to hover, select and zoom. */
import type { TopLevelSpec } from 'vega-lite';
import { run } from './script';
import { showTooltip } from './tooltip';

/** What the two libraries leave behind when they are run as scripts. */
declare global {
  interface Window {
    vega?: typeof import('vega');
    vegaLite?: typeof import('vega-lite');
  }
}

/** Draws the plot of an output; the picture stays where the plot does not fit, or Vega refuses it. */
export async function drawPlot(output: HTMLElement): Promise<void> {
  const picture = output.querySelector('img')!;
  // In a drawing that is not of full size, Vega takes the pointer to be elsewhere.
  if (picture.clientWidth < Number(picture.getAttribute('width'))) return;
  const spec = JSON.parse(output.querySelector('script')!.text) as TopLevelSpec;
  try {
    const host = await drawn(spec, picture.alt);
    picture.after(host);
    output.classList.add('live');
  } catch (error) {
    console.warn(`the plot "${picture.alt}" stays a picture`, error);
  }
}

async function drawn(spec: TopLevelSpec, description: string): Promise<HTMLElement> {
  const { vega, vegaLite } = loadVega();
  const host = document.createElement('div');
  host.className = 'drawn';
  const drawing = host.appendChild(document.createElement('div'));
  drawing.role = 'img';
  drawing.ariaLabel = description;
  const compiled = { ...vegaLite.compile(spec).spec, background: undefined }; // the page's own is behind it
  const view = new vega.View(vega.parse(compiled), {
    container: drawing,
    bind: host.appendChild(document.createElement('div')), // sliders and menus
    renderer: 'svg',
    hover: true,
    logLevel: vega.Error,
  });
  view.tooltip((_handler, event, _item, value) => showTooltip(event, value));
  await view.runAsync();
  drawing.firstElementChild!.ariaHidden = 'true'; // the marks one by one say less than the description
  return host;
}

function loadVega(): { vega: typeof import('vega'); vegaLite: typeof import('vega-lite') } {
  if (!window.vega || !window.vegaLite) {
    for (const library of document.querySelectorAll<HTMLScriptElement>('script[data-vega]')) run(library);
  }
  return { vega: window.vega!, vegaLite: window.vegaLite! };
}
