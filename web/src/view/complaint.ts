import { messageOf } from '../load-page';
import { byId } from './element';

/** Shows what went wrong, in a sentence that screen readers announce; undefined: nothing does. */
export function complain(error: unknown): void {
  const place = byId('complaint', HTMLParagraphElement);
  place.hidden = error === undefined;
  place.textContent = error === undefined ? '' : sentence(messageOf(error));
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** Runs what an event asks for, and shows why it fails if it does. */
export async function orComplain(work: () => Promise<void>): Promise<void> {
  try {
    complain(undefined);
    await work();
  } catch (error) {
    complain(error);
  }
}
