// A room that many share, of memory or of disk: nobody alone can fill it. Whoever holds some of it may take more only while he leaves as much
// free as he holds: one alone has half of it, the next half of what is left, and who holds nothing finds some.

/** `held`: by him already; `free`: of all the room. */
export function leavesEnough(held: number, wanted: number, free: number): boolean {
  if (wanted > free) return false
  return held === 0 || held + wanted <= free - wanted
}
