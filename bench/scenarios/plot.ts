// A picture of a table: panels side by side, each with a bar for each row. Plain SVG, readable on light and on dark.

export interface Panel {
  readonly title: string
  readonly values: readonly number[]
}

const PANEL = { width: 240, height: 150, gap: 24 }
const TOP = 58
const FOOT = 30
const BAR = 46
const INK = '#7a869a'
const FILL = '#3b82c4'

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function label(text: string, x: number, y: number, size = 12): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="middle" fill="${INK}">${escaped(text)}</text>`
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}

function panel({ title, values }: Panel, names: readonly string[], left: number): string {
  const most = Math.max(...values, Number.MIN_VALUE)
  const step = PANEL.width / names.length
  const bars = values.map((value, i) => {
    const height = (PANEL.height * value) / most
    const [middle, y] = [left + (i + 0.5) * step, TOP + PANEL.height - height]
    const rect = `<rect x="${(middle - BAR / 2).toFixed(1)}" y="${y.toFixed(1)}" width="${BAR}" height="${height.toFixed(1)}" fill="${FILL}"/>`
    return [rect, label(round(value), middle, y - 4, 11), label(names[i] ?? '', middle, TOP + PANEL.height + 16, 11)].join('\n')
  })
  return [label(title, left + PANEL.width / 2, TOP - 22), ...bars].join('\n')
}

export function plot(title: string, names: readonly string[], panels: readonly Panel[]): string {
  const width = panels.length * (PANEL.width + PANEL.gap) + PANEL.gap
  const height = TOP + PANEL.height + FOOT
  const drawn = panels.map((one, i) => panel(one, names, PANEL.gap + i * (PANEL.width + PANEL.gap)))
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`
  return [head, label(title, width / 2, 18, 14), ...drawn, '</svg>', ''].join('\n')
}
