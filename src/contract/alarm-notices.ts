// Which alarm tells the same as a notice of the status. Apart from the table, whose texts the first page of the panel need not have.
import type { AlarmName } from './alarm-table.ts'

/** As alarms name what is otherwise told as a notice of the status: by the key of the notice. */
const NOTICED: readonly (readonly [RegExp, AlarmName | null])[] = [
  [/^shard \d+$/, 'spool-failing'],
  [/^silent \d+$/, 'worker-silent'],
  [/^restarted \d+$/, 'worker-restarts'],
  [/^plugin /, 'plugin-failing'],
  // Of effects, which are told as such, and of alarms themselves.
  [/^(?:block|alarm) /, null],
]
const LONGEST_NOTICED = 200

/** The alarm that tells the same as a notice of the status, and of which subject; null: none does. */
export function alarmOfNotice({ key, what }: { readonly key?: string; readonly what: string }): {
  readonly name: AlarmName
  readonly subject: string
} | null {
  const known = key === undefined ? undefined : NOTICED.find(([pattern]) => pattern.test(key))
  const name = known === undefined ? 'trouble' : known[1]
  return name === null
    ? null
    : {
        name,
        subject: (key ?? what)
          .replace(/^(?:silent|restarted) /, 'worker ')
          .replace(/^plugin /, '')
          .slice(0, LONGEST_NOTICED),
      }
}
