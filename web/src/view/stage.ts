import { type GradCam, relativeHeat } from '../../../lib/src/explain/grad-cam';
import { heatColours } from '../heat-colours';
import { draw, type Picture } from '../picture';
import { byId } from './element';

const COARSE = 256; // pixels: a smaller picture is drawn as the squares it is made of

/** The picture, what the net sees of it, and its caption; the heat of the former one goes. */
export function showPicture(picture: Picture): void {
  const square = byId('square', HTMLCanvasElement);
  draw(square, picture.square);
  square.classList.toggle('coarse', picture.square.width < COARSE);
  square.ariaLabel = picture.title;
  draw(byId('seen', HTMLCanvasElement), picture.seen);
  byId('caption', HTMLParagraphElement).textContent = picture.title;
  byId('stage', HTMLDivElement).classList.remove('empty');
  hideHeat();
}

/** Lays a class's heat over the picture. */
export function showHeat({ heat, height, width, layer }: GradCam, className: string): void {
  const canvas = byId('heat', HTMLCanvasElement);
  canvas.width = width;
  canvas.height = height;
  canvas
    .getContext('2d')!
    .putImageData(new ImageData(heatColours(relativeHeat({ heat })), width, height), 0, 0);
  const places = `${height}×${width} places of the layer ${layer}`;
  const speaks = heat.some((value) => value > 0);
  byId('heat-note', HTMLParagraphElement).textContent = speaks
    ? `What speaks for ${className}: ${places}, the brighter the more`
    : `Nothing speaks for ${className} in the ${places}`;
}

export function hideHeat(): void {
  byId('heat', HTMLCanvasElement).width = 0;
  byId('heat-note', HTMLParagraphElement).textContent = '\u00a0';
}

/** The slider sets how much of the heat is seen. */
export function connectOpacity(): void {
  const slider = byId('opacity', HTMLInputElement);
  const follow = () => {
    byId('heat', HTMLCanvasElement).style.opacity = String(slider.valueAsNumber / 100);
  };
  slider.addEventListener('input', follow);
  follow();
}
