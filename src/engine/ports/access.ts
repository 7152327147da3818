// Who calls, as the management API asks; and where users, their sessions and management keys are.
import type { CallFacts, Denial, PersonalAnswer, PersonalName, Principal } from '../../contract/access.ts'

/** Nothing of it is remembered between calls: what was ended, removed, changed or has expired holds at the next one. */
export interface Access {
  /** By the key or the session that came along. Without either, 401. */
  authenticate(facts: CallFacts): Promise<Principal | Denial>
  /** What a person does about the own access. `principal` null for `OPEN_CALLS`. Rejects with a Fault. */
  personal<N extends PersonalName>(
    name: N,
    params: unknown,
    from: { readonly facts: CallFacts; readonly principal: Principal | null },
  ): Promise<PersonalAnswer<N>>
}
