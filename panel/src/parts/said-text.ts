// Lines of a dialog as text, to be taken along.
import type { DialogLine } from '../../../client/src/index.ts'

const SIGNS = { us: '>', peer: '<', note: '#' } as const

export function saidText(lines: readonly Pick<DialogLine, 'from' | 'text'>[]): string {
  return lines.map(({ from, text }) => `${SIGNS[from]} ${text}`).join('\n')
}
