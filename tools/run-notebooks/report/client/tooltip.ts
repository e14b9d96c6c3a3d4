/** The values of a plot's mark, beside the pointer. */

const AWAY = 14; // pixels from the pointer

let tip: HTMLElement | undefined;

/**
 * Shows what Vega says about the mark under the pointer.
 *
 * @param value an object of names and values, or a text; hides the tip where it is null or empty
 */
export function showTooltip(event: MouseEvent, value: unknown): void {
  tip ??= createTip();
  tip.hidden = value === null || value === undefined || value === '';
  if (tip.hidden) return;
  const all = typeof value === 'object' ? Object.entries(value as object) : [['', value]];
  const rows = all.filter(([, each]) => each !== '');
  tip.replaceChildren(...rows.flatMap(([name, each]) => row(String(name), String(each))));
  const { width, height } = tip.getBoundingClientRect();
  const left =
    event.clientX + AWAY + width > innerWidth ? event.clientX - AWAY - width : event.clientX + AWAY;
  const top =
    event.clientY + AWAY + height > innerHeight ? event.clientY - AWAY - height : event.clientY + AWAY;
  tip.style.translate = `${Math.max(0, left)}px ${Math.max(0, top)}px`;
}

function createTip(): HTMLElement {
  const element = document.body.appendChild(document.createElement('div'));
  element.className = 'tooltip';
  element.role = 'tooltip';
  addEventListener(
    'scroll',
    () => {
      element.hidden = true;
    },
    { passive: true },
  );
  return element;
}

function row(name: string, value: string): HTMLElement[] {
  const [term, text] = [document.createElement('span'), document.createElement('span')];
  term.textContent = name;
  if (/^data:image\//.test(value)) text.appendChild(document.createElement('img')).src = value;
  else text.textContent = value;
  return [term, text];
}
