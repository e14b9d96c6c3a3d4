import type { PageModel } from '../page-data';
import { byId, make } from './element';

/** Which net it is, and what its card says. */
export function showModel({ summary, origin, facts, side }: PageModel): void {
  byId('model', HTMLParagraphElement).textContent = `${summary} (${origin}).`;
  byId('facts', HTMLDListElement).replaceChildren(
    ...facts.map((fact) => make('div', '', make('dt', '', fact.name), make('dd', '', fact.value))),
  );
  byId('about', HTMLDetailsElement).hidden = facts.length === 0;
  byId('seen-size', HTMLSpanElement).textContent =
    `the square in the middle, resized bilinearly to ${side}×${side} pixels`;
}
