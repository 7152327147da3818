// A block as the document has it, key by key: what is read from it is the same block.
import { formatDuration } from '../../base/quantities.ts'
import type { BlockRule } from '../../contract/blocks.ts'

const text = (value: string): string => JSON.stringify(value)
const texts = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`

export function writtenBlock(block: BlockRule): readonly string[] {
  const { name, match, priority, onlyAlert, scope, threshold, action, to, pause, recovery, seen, matches, not } = block
  return [
    `name: ${text(name)}`,
    `match: ${text(`/${match}/`)}`,
    ...(priority === 0 ? [] : [`priority: ${priority}`]),
    ...(onlyAlert ? ['only_alert: true'] : []),
    `scope: ${scope}`,
    ...(threshold === undefined ? [] : [`threshold: { count: ${threshold.count}, within: ${formatDuration(threshold.within)} }`]),
    `action: ${action}`,
    ...(action === 'pause' ? [] : [`to: ${to}`]),
    `pause: ${formatDuration(pause)}`,
    `recovery: ${formatDuration(recovery)}`,
    ...(seen === undefined ? [] : [`sources: ${texts(seen)}`]),
    ...(matches === undefined ? [] : [`matches: ${texts(matches)}`]),
    ...(not === undefined ? [] : [`not: ${texts(not)}`]),
  ]
}
