// The logs that each account has: docs/logs.md.
import { processedLine } from '../message/processed-log.ts'
import type { LogFormat } from './log-batch.ts'

export const LOG_FORMATS: readonly LogFormat[] = [
  { suffix: 'Processed', extension: '.log', line: processedLine },
  { suffix: 'Events', extension: '.jsonl' },
]
