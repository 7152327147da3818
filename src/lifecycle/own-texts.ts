// The owner's list files over the shipped rules, for commands that judge replies without a server.
import { existsSync, readFileSync } from 'node:fs'
import type { OwnTexts } from '../policy/classify/classify.ts'
import { ownTexts } from '../policy/lists/reply-lists.ts'
import { ownList, shippedList } from './list-files.ts'

/** Null: no line of them counts. `home`: its folder; the shipped copies where it has none. */
export function ownTextsOf(home: string): OwnTexts | null {
  return ownTexts((name) => {
    const own = ownList(home, name)
    const file = existsSync(own) ? own : shippedList(name)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  })
}
