// A report as XML: an element for each field, in the words and the order of its JSON.
import type { XmlContent } from '../../base/xml.ts'

/** Of lists each is a `row`. */
export function xmlContent(value: unknown): XmlContent {
  if (Array.isArray(value)) return value.map((one) => ['row', xmlContent(one)] as const)
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([name, one]) => [name, xmlContent(one)] as const)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
