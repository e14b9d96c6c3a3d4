/** The contents beside the text: the section in view is marked; on narrow screens they fold away. */

const READING_LINE = 120; // pixels from the top: the section that crosses it is the one being read

/** Marks the link to the section in view, and unfolds its chapter. */
export function followScrolling(): void {
  const links = new Map<string, HTMLAnchorElement>();
  for (const link of document.querySelectorAll<HTMLAnchorElement>('#contents a')) {
    links.set(decodeURIComponent(link.hash.slice(1)), link);
  }
  const sections = [...links.keys()]
    .map((id) => document.getElementById(id))
    .filter((section) => section !== null);
  let here: HTMLAnchorElement | undefined;
  const mark = () => {
    const current = sections.filter((section) => section.getBoundingClientRect().top < READING_LINE).at(-1);
    const link = links.get((current ?? sections[0])?.id ?? '');
    if (link === here) return;
    here?.removeAttribute('aria-current');
    link?.setAttribute('aria-current', 'location');
    for (const chapter of document.querySelectorAll('#contents > li')) {
      chapter.classList.toggle('open', chapter.contains(link ?? null));
    }
    here = link;
    if (link) keepInView(link);
  };
  let waiting = false;
  const markSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  };
  addEventListener('scroll', markSoon, { passive: true });
  addEventListener('resize', markSoon);
  mark();
}

/** Scrolls the sidebar alone: the browser's own scrollIntoView would move the text too. */
function keepInView(link: HTMLElement): void {
  const sidebar = link.closest('.sidebar')!;
  const [inner, outer] = [link.getBoundingClientRect(), sidebar.getBoundingClientRect()];
  if (inner.top < outer.top + 60) sidebar.scrollTop -= outer.top + 60 - inner.top;
  if (inner.bottom > outer.bottom - 60) sidebar.scrollTop += inner.bottom - outer.bottom + 60;
}

/**
 * Makes the button of narrow screens work; without scripts the contents stay unfolded above the text.
 *
 * @returns unfolds them
 */
export function startFolding(): () => void {
  const sidebar = document.querySelector<HTMLElement>('.sidebar')!;
  const button = sidebar.querySelector<HTMLButtonElement>('.unfold')!;
  const unfold = (open: boolean) => {
    sidebar.classList.toggle('folded', !open);
    button.ariaExpanded = String(open);
  };
  button.addEventListener('click', () => unfold(sidebar.classList.contains('folded')));
  sidebar.addEventListener('click', ({ target }) => {
    if ((target as Element).closest('a')) unfold(false);
  });
  sidebar.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || sidebar.classList.contains('folded')) return;
    unfold(false);
    if (button.checkVisibility()) button.focus();
  });
  unfold(false);
  return () => unfold(true);
}
