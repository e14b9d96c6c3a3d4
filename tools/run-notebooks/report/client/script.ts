/** A script whose type a browser does not know is text; the same one with another type is run when it is put in. */
export function run(script: HTMLScriptElement): void {
  const awake = document.createElement('script');
  for (const { name, value } of script.attributes) {
    if (!['type', 'data-asleep', 'data-library'].includes(name)) awake.setAttribute(name, value);
  }
  if (script.dataset.asleep) awake.type = script.dataset.asleep;
  awake.text = script.text;
  script.replaceWith(awake);
}
