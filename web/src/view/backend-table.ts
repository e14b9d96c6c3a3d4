import { BACKEND_TITLES, type Backend, type BackendName } from '../backend-names';
import type { Speed } from '../classifier';
import { milliseconds } from '../wording';
import { byId, make } from './element';

/** A row for every backend: a radio button that chooses it, or why it cannot be had. */
export function showBackends(backends: readonly Backend[], choose: (name: BackendName) => void): void {
  byId('backends', HTMLTableSectionElement).replaceChildren(
    ...backends.map(({ name, missing, imitated }) => {
      const radio = make('input', '');
      radio.type = 'radio';
      radio.name = 'backend';
      radio.value = name;
      radio.disabled = missing !== undefined;
      radio.addEventListener('change', () => choose(name));
      const note = missing ?? (imitated ? 'no graphics device, imitated' : undefined);
      const title = note ? `${BACKEND_TITLES[name]}: ${note}` : BACKEND_TITLES[name];
      const head = make('th', '', make('label', '', radio, title));
      head.scope = 'row';
      const row = make('tr', missing ? 'missing' : '', head, make('td', 'number', missing ? '' : '–'));
      row.dataset.backend = name;
      return row;
    }),
  );
}

export function markBackend(name: BackendName): void {
  rowOf(name).querySelector('input')!.checked = true;
}

export function showMeasuring(name: BackendName): void {
  rowOf(name).lastElementChild!.textContent = 'measuring …';
}

/** Written into the backend's row, where it stays when another is chosen; undefined: it could not be measured. */
export function showSpeed(name: BackendName, speed: Speed | undefined): void {
  rowOf(name).lastElementChild!.textContent = speed ? milliseconds(speed.median) : '–';
  byId('speed-note', HTMLParagraphElement).textContent = speed
    ? `One image at a time, pixels in and probabilities out; median of ${speed.runs} runs, after some to warm up`
    : '\u00a0';
}

function rowOf(name: BackendName): HTMLTableRowElement {
  return byId('backends', HTMLTableSectionElement).querySelector(`[data-backend="${name}"]`)!;
}
