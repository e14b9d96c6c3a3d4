/** What is wider than its place can be scrolled by keys: it takes the focus. What fits stays out of the way. */
const SCROLLABLE = 'main pre, main .output, main .scroll, main .katex-block';

const PATIENCE = 200; // ms after the last change of the window's size

export function focusOverflowing(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  addEventListener('resize', () => {
    clearTimeout(timer);
    timer = setTimeout(update, PATIENCE);
  });
  update();
}

function update(): void {
  const elements = [...document.querySelectorAll<HTMLElement>(SCROLLABLE)];
  const overflowing = elements.map(
    (each) => each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight,
  );
  elements.forEach((each, i) => {
    if (overflowing[i]) each.tabIndex = 0;
    else if (each.tabIndex === 0) each.removeAttribute('tabindex');
  });
}
