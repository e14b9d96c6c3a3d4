declare module 'nspell' {
  /** Hunspell's rules in JavaScript. */
  interface nspell {
    add(word: string): nspell;
    correct(word: string): boolean;
  }
  function nspell(aff: Buffer, dic: Buffer): nspell;
  export = nspell;
}

declare module 'dictionary-en-gb' {
  const dictionary: { readonly aff: Uint8Array; readonly dic: Uint8Array };
  export default dictionary;
}
