// Decisions may be immediate or promised. On the hot path they are immediate, and cost no turn of the event loop.

/** `then` of the value: now where it is there, later where it is promised. */
export function chain<T, U>(value: T | Promise<T>, then: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(then) : then(value)
}

/** What a question gives, at once or promised; `fallback` where it throws or rejects, of which `failed` is told. */
export function guarded<T>(question: () => T | Promise<T>, fallback: T, failed: (error: unknown) => void): T | Promise<T> {
  const caught = (error: unknown): T => {
    failed(error)
    return fallback
  }
  try {
    const answer = question()
    return answer instanceof Promise ? answer.catch(caught) : answer
  } catch (error) {
    return caught(error)
  }
}
