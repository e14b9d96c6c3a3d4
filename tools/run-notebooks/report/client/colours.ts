/** Light or dark: as the system is set, unless the reader chose. */

export type Colours = 'auto' | 'light' | 'dark';

const KEY = 'resnet-lab-colours';

export function chosenColours(): Colours {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto'; // a browser may keep nothing for pages from files
  }
}

/** The style sheet does the rest: each of its colours is a pair. */
export function useColours(colours: Colours): void {
  document.documentElement.dataset.colours = colours;
}

/** Makes the three buttons of the switch work. */
export function startColourSwitch(): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('.colours button')];
  const choose = (colours: Colours) => {
    useColours(colours);
    for (const button of buttons) button.ariaPressed = String(button.value === colours);
  };
  for (const button of buttons) {
    button.addEventListener('click', () => {
      choose(button.value as Colours);
      keep(button.value);
    });
  }
  choose(chosenColours());
}

function keep(colours: string): void {
  try {
    localStorage.setItem(KEY, colours);
  } catch {
    // then the choice lasts as long as the page
  }
}
