// Failure codes to choose from.
import { FAILURE_CODES } from '../../../../src/contract/failure-codes.ts'
import { bounces } from '../../texts/bounces.ts'

export const CODE_CHOICES = Object.entries(FAILURE_CODES).map(([value, words]) => ({ value, label: bounces.by.code(value, words) }))
