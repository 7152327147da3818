// A block as the document has it, key by key: what is read from it is the same block.
import { formatDuration } from '../../base/quantities.ts'
import type { BlockRule } from '../../contract/blocks.ts'
import { scopeOf } from './places.ts'

const text = (value: string): string => JSON.stringify(value)
const texts = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`

export function writtenBlock(block: BlockRule): readonly string[] {
  const { name, match, priority, onlyAlert, threshold, action, to, target, factor, pause, recovery, seen, matches, not } = block
  const scopes = scopeOf(block)
  return [
    `name: ${text(name)}`,
    `match: ${text(`/${match}/`)}`,
    ...(priority === 0 ? [] : [`priority: ${priority}`]),
    ...(onlyAlert ? ['only_alert: true'] : []),
    `scope: [${scopes.join(', ')}]`,
    ...(threshold === undefined ? [] : [`threshold: { count: ${threshold.count}, within: ${formatDuration(threshold.within)} }`]),
    `action: ${action}`,
    ...(target === undefined ? [] : [`to: ${text(target)}`]),
    ...(action !== 'slow' && action !== 'connections' ? [] : [factor === undefined ? `to: ${to}` : `factor: ${factor}`]),
    `pause: ${formatDuration(pause)}`,
    `recovery: ${formatDuration(recovery)}`,
    ...(seen === undefined ? [] : [`sources: ${texts(seen)}`]),
    ...(matches === undefined ? [] : [`matches: ${texts(matches)}`]),
    ...(not === undefined ? [] : [`not: ${texts(not)}`]),
  ]
}
