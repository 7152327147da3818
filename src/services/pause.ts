// Waiting in a loop that its own condition ends.
import type { Ms } from '../base/brand.ts'

export function pause(delay: Ms): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delay)
  })
}
