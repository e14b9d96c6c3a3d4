/** 31 bits that depend on all of a text, for seeds: 32-bit FNV-1a, shortened (Fowler, Noll & Vo). */
export function nameHash(text: string): number {
  let hash = 0x811c9dc5; // FNV's offset basis
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193); // FNV's prime
  return hash >>> 1;
}
