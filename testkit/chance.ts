// Numbers that look drawn, for tests that try much: the same ones at each run.

/** The same numbers, 0 to 1, at each run. */
export function chance(seed: number): () => number {
  let x = seed * 2654435761 + 1
  return () => {
    x = (x ^ (x << 13)) >>> 0
    x = (x ^ (x >>> 17)) >>> 0
    x = (x ^ (x << 5)) >>> 0
    return x / 2 ** 32
  }
}
