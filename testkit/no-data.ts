// For operations whose test has nothing on a disk.
import type { HomeReading } from '../src/api/operations/context.ts'
import type { DataDesk } from '../src/engine/ports/data-kept.ts'

export const NO_DATA: DataDesk = { use: () => Promise.reject(new Error('nothing is on a disk here')) }

export const NO_HOME: HomeReading = {
  ownTexts: () => null,
  unknownReplies: () => [],
  replyLists: () => [],
  options: () => [],
  optionProblems: () => [],
}
