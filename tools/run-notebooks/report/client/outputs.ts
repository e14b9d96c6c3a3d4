/**
 * Outputs come to life when they are about to be seen: a book of all chapters holds a hundred plots and the libraries that
 * draw them, and opens as if it held none. Until then, in print and without scripts, a still picture stands in.
 */
import { drawPlot } from './plot';
import { run } from './script';

const NEAR = '600px 0px'; // so much before an output comes into view

export function wakeOutputs(): void {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        wake(target as HTMLElement);
      }
    },
    { rootMargin: NEAR },
  );
  for (const output of document.querySelectorAll('.output:has(> script, * script)')) observer.observe(output);
}

function wake(output: HTMLElement): void {
  if (output.classList.contains('plot')) void drawPlot(output);
  else {
    for (const library of document.querySelectorAll<HTMLScriptElement>('script[data-library]')) {
      if (
        !output.contains(library) &&
        library.compareDocumentPosition(output) & Node.DOCUMENT_POSITION_FOLLOWING
      )
        run(library);
    }
    for (const script of output.querySelectorAll<HTMLScriptElement>('script[data-asleep]')) run(script);
  }
}
