const FIRST_AFTER = 3000; // milliseconds: who comes sooner is not worth a word
const AGAIN_AFTER = 10_000; // milliseconds

/** Says now and then who is awaited, until the function that it returns is called. */
export function giveNotices(
  onWaiting: ((missing: readonly string[]) => void) | undefined,
  awaited: () => readonly string[],
): () => void {
  let timer: NodeJS.Timeout;
  const after = (milliseconds: number) => {
    timer = setTimeout(() => {
      after(AGAIN_AFTER);
      onWaiting?.(awaited());
    }, milliseconds).unref();
  };
  after(FIRST_AFTER);
  return () => clearTimeout(timer);
}
