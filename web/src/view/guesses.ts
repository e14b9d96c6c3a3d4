import type { Guess } from '../../../lib/src/weights/decode-predictions';
import { percent, withArticle } from '../wording';
import { byId, make } from './element';

/** The most probable classes as bars; each is a button that chooses the class to explain. */
export function showGuesses(
  guesses: readonly Guess[],
  chosen: number,
  choose: (index: number) => void,
): void {
  const list = byId('guesses', HTMLOListElement);
  const focused = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...guesses.map((guess) => make('li', '', row(guess, chosen, choose))));
  list.children[focused]?.querySelector('button')?.focus(); // the row that was chosen by key is a new element now
}

function row(
  { name, index, probability }: Guess,
  chosen: number,
  choose: (index: number) => void,
): HTMLElement {
  const bar = make('span', 'bar', make('span', ''));
  bar.ariaHidden = 'true';
  (bar.firstElementChild as HTMLElement).style.width = `${100 * probability}%`;
  const button = make(
    'button',
    '',
    make('span', 'name', name),
    bar,
    make('span', 'share', percent(probability)),
  );
  button.type = 'button';
  button.ariaPressed = String(index === chosen);
  button.addEventListener('click', () => choose(index));
  return button;
}

/** The best guess in words, and whether it is right where that is known. Unchanged words are not announced again. */
export function showVerdict(
  { name, index }: Guess,
  truth: { index: number; name: string } | undefined,
): void {
  const verdict = byId('verdict', HTMLParagraphElement);
  const words: (string | Node)[] = [withArticle(name)];
  if (truth?.index === index) words.push(', which is ', make('strong', 'right', 'right'));
  else if (truth)
    words.push(', which is ', make('strong', 'wrong', 'wrong'), `: it is ${withArticle(truth.name)}`);
  const next = make('p', '', ...words);
  if (next.textContent !== verdict.textContent) verdict.replaceChildren(...next.childNodes);
}
