// Which hook an event is told by, and whose mail it is about.
import type { NoticeHook } from '../contract/plugins.ts'
import { type NumberedEvent, OWN_SITE } from '../contract/events.ts'
import { isPosted } from '../smtp/post-address.ts'
import { concerns, type PluginSpec } from './plugin-spec.ts'

/** Null: by none. */
export function hookOf(event: NumberedEvent): NoticeHook | null {
  switch (event.kind) {
    case 'delivered':
      // It was read here, and left for nowhere.
      return event.site === OWN_SITE ? null : 'sent'
    case 'failed':
    case 'expired':
      return isPosted(event.domain) ? 'postFailed' : 'failed'
    case 'deferred':
      return isPosted(event.domain) ? 'postDeferred' : 'deferred'
    case 'bounced':
      return 'bounce'
    case 'complained':
      return 'feedbackLoop'
    case 'opened':
      return 'open'
    case 'clicked':
      return 'click'
    default:
      return null
  }
}

export function wants(spec: PluginSpec, hook: NoticeHook | null, event: NumberedEvent): hook is NoticeHook {
  return hook !== null && spec.hooks.includes(hook) && concerns(spec, event.account)
}
