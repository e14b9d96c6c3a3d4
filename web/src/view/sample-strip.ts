import type { LoadedSamples } from '../page-data';
import { draw, type Picture } from '../picture';
import { resizeBilinear } from '../resize';
import { byId, make } from './element';

/** Sample `index` as a picture. */
export function samplePicture(
  samples: LoadedSamples,
  index: number,
  side: number,
  classNames: readonly string[],
): Picture {
  const bytes = samples.side ** 2 * 3;
  const rgb = samples.images.subarray(index * bytes, (index + 1) * bytes);
  const square = { width: samples.side, height: samples.side, rgb };
  const truth = samples.labels[index];
  return {
    title: `${classNames[truth]}, number ${index + 1} of ${samples.labels.length} ${samples.name}`,
    square,
    seen: samples.side === side ? square : resizeBilinear(square, side),
    truth,
  };
}

/** The pictures as buttons; Tab reaches the chosen one, arrow keys the others (ARIA Authoring Practices, roving tabindex). */
export function showSamples(pictures: readonly Picture[], choose: (picture: Picture) => void): void {
  const strip = byId('samples', HTMLDivElement);
  const buttons = pictures.map((picture, i) => {
    const canvas = make('canvas', '');
    canvas.ariaHidden = 'true';
    draw(canvas, picture.square);
    const button = make('button', '', canvas);
    button.type = 'button';
    button.ariaLabel = picture.title;
    button.ariaPressed = 'false';
    button.tabIndex = i === 0 ? 0 : -1;
    button.addEventListener('click', () => choose(picture));
    return button;
  });
  strip.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    reach(buttons, to);
    buttons[to].focus();
  });
  strip.replaceChildren(...buttons);
}

/** Marks the chosen picture among those that are shown, or none of them. */
export function markSample(pictures: readonly Picture[], chosen: Picture): void {
  const buttons = [...byId('samples', HTMLDivElement).children] as HTMLButtonElement[];
  buttons.forEach((button, i) => {
    button.ariaPressed = String(pictures[i] === chosen);
  });
  const index = pictures.indexOf(chosen);
  if (index >= 0) reach(buttons, index);
}

function reach(buttons: readonly HTMLButtonElement[], index: number): void {
  buttons.forEach((button, i) => {
    button.tabIndex = i === index ? 0 : -1;
  });
}
