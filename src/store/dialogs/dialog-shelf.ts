// Finds kept dialogs by message and takes people out of them, beside workers that write.
import type { MessageId } from '../../base/brand.ts'
import type { AttemptDialog } from '../../contract/dialogs.ts'
import type { KeptDialogs } from '../../engine/ports/dialogs.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import { blockInPlace, blocksIn, type DialogFile, dialogFiles, dialogFormat, linesIn, openDialogs } from './dialog-file.ts'

export class DialogShelf implements KeptDialogs {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async find(message: MessageId, most: number): Promise<readonly AttemptDialog[]> {
    const found: AttemptDialog[] = []
    for (const { path } of (await dialogFiles(this.#folder)).toReversed()) {
      const places = await blocksIn(path, message)
      if (places.length === 0) continue
      await using file = await openDialogs(path, 'r')
      if (file === null) continue
      for (const place of places.toReversed()) {
        const lines = (await linesIn(file, place)).filter((line) => line.includes(message))
        const own = lines.map((line) => JSON.parse(line) as AttemptDialog).filter((one) => one.message === message)
        found.push(...own)
        if (found.length >= most) break
      }
      if (found.length >= most) break
    }
    return found.toSorted((a, b) => a.at - b.at || a.begun - b.begun).slice(-most)
  }

  async dayNames(): Promise<readonly string[]> {
    return [...new Set((await dialogFiles(this.#folder)).map(({ day }) => day))]
  }

  async erase(day: string, eraser: Eraser, dryRun: boolean, gently: () => Promise<void>): Promise<number> {
    let found = 0
    for (const file of (await dialogFiles(this.#folder)).filter((one) => one.day === day))
      found += await eraseIn(file, eraser, { dryRun, gently })
    return found
  }
}

/** The file of the newest day; null: there is none, or it was cut off while it was made. */
export async function newestDialogs(folder: string): Promise<{ readonly path: string; readonly format: number } | null> {
  const path = (await dialogFiles(folder)).at(-1)?.path
  const format = path === undefined ? 0 : dialogFormat(path)
  return path === undefined || format === 0 ? null : { path, format }
}

async function eraseIn(
  { path }: DialogFile,
  eraser: Eraser,
  { dryRun, gently }: { readonly dryRun: boolean; readonly gently: () => Promise<void> },
): Promise<number> {
  await using file = await openDialogs(path, dryRun ? 'r' : 'r+')
  if (file === null) return 0
  let found = 0
  for (const place of await blocksIn(path)) {
    const lines = await linesIn(file, place)
    const others = lines.filter((line) => !eraser.isIn(line))
    const his = lines.length - others.length
    found += his
    // What is left is shorter; were it not, all of it would go.
    if (his > 0 && !dryRun) await file.write((await blockInPlace(others, place)) ?? Buffer.alloc(place.length), 0, place.length, place.at)
    await gently()
  }
  if (found > 0 && !dryRun) await file.datasync()
  return found
}
