// The logs that each account has: docs/logs.md.
import { bounceLine, feedbackLoopLine, unsubscribeLine } from '../../message/feedback-logs.ts'
import { clickLine, openLine } from '../../message/engagement-log.ts'
import { processedLine } from '../../message/processed-log.ts'
import type { LogFormat } from './log-batch.ts'

export const LOG_FORMATS: readonly LogFormat[] = [
  { suffix: 'Processed', extension: '.log', line: processedLine },
  { suffix: 'BounceProcessed', extension: '.log', line: bounceLine },
  { suffix: 'FeedbackLoopProcessed', extension: '.log', line: feedbackLoopLine },
  { suffix: 'UnsubscribeProcessed', extension: '.log', line: unsubscribeLine },
  { suffix: 'OpenProcessed', extension: '.log', line: openLine },
  { suffix: 'ClickProcessed', extension: '.log', line: clickLine },
  { suffix: 'Events', extension: '.jsonl' },
]
