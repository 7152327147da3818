// The arithmetic of charts: where lines go, where they break, how high the scale is.

/** The next number above that people like to read: 1, 2, 2.5 or 5 times a power of ten; at least 4, whose quarters are whole. */
export function roundTop(value: number): number {
  if (value <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

/** Path of an SVG; what is not known breaks the line, and a value alone is a short one. */
export function linesOf(values: readonly (number | null)[], x: (n: number) => number, y: (value: number) => number): string {
  let text = ''
  let isOpen = false
  for (const [n, value] of values.entries()) {
    if (value === null) {
      isOpen = false
      continue
    }
    const place = `${round(x(n))} ${round(y(value))}`
    text += isOpen ? `L${place}` : `M${place}h.01`
    isOpen = true
  }
  return text
}

/** Which of so many times are named where so much room is. */
export function ticksOf(count: number, width: number): readonly number[] {
  const most = Math.max(2, Math.floor(width / 110))
  const step = Math.max(1, Math.ceil((count - 1) / (most - 1)))
  return Array.from({ length: Math.floor((count - 1) / step) + 1 }, (_, n) => n * step)
}

const round = (value: number): number => Math.round(value * 10) / 10
