// Lines of live dialogs, put together by connection: those that spoke last stand first. Bounded, whatever comes.
import type { FollowedLine } from '../../../../client/src/index.ts'
import { saidText } from '../../parts/said-text.ts'

export interface NumberedLine {
  readonly n: number
  readonly line: FollowedLine
}

export interface Dialog {
  readonly key: string
  readonly way: 'in' | 'out'
  readonly peer: string
  readonly worker: number
  readonly connection: number
  readonly lines: readonly NumberedLine[]
  /** Its beginning is not there any more. */
  readonly isCut: boolean
}

const MOST_DIALOGS = 30
const MOST_LINES = 200

export function withLines(dialogs: readonly Dialog[], fresh: readonly FollowedLine[]): readonly Dialog[] {
  const byKey = new Map(dialogs.map((one) => [one.key, one]))
  const spoke = new Map<string, FollowedLine[]>()
  for (const line of fresh) {
    const key = `${line.worker} ${line.way} ${line.connection} ${line.peer}`
    const lines = spoke.get(key)
    if (lines === undefined) spoke.set(key, [line])
    else lines.push(line)
  }
  for (const [key, lines] of spoke) {
    const before = byKey.get(key)
    const [{ way, peer, worker, connection }] = lines as [FollowedLine]
    const first = (before?.lines.at(-1)?.n ?? -1) + 1
    const all = [...(before?.lines ?? []), ...lines.map((line, i) => ({ n: first + i, line }))]
    const isCut = (before?.isCut ?? false) || all.length > MOST_LINES
    byKey.delete(key)
    byKey.set(key, { key, way, peer, worker, connection, lines: all.slice(-MOST_LINES), isCut })
  }
  const old = dialogs.filter(({ key }) => !spoke.has(key))
  const now = [...spoke.keys()].toReversed().flatMap((key) => byKey.get(key) ?? [])
  return [...now, ...old].slice(0, MOST_DIALOGS)
}

/** To be taken along. */
export function textOf({ lines }: Dialog): string {
  return saidText(lines.map(({ line }) => line))
}
