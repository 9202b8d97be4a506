import type { Memory } from './memory'
import type { Pending, Start, Turn, Vote } from './types'

const SECONDS = 30

/** A call that did not succeed, by the code of the server or one of ours: `offline`, `unreachable`, `slow`. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly seconds = 0,
  ) {
    super(code)
  }
}

/** Questions on their way, by key: an element that takes another's place waits for the same answer. */
const underWay = new Map<string, Promise<Turn>>()

/** The calls of the server. A session begins with the first question, not before. */
export class Api {
  constructor(
    private readonly server: string,
    private readonly memory: Memory,
  ) {}

  start(): Promise<Start> {
    return this.call('GET', 'start')
  }

  async history(): Promise<Turn[]> {
    if (!this.memory.token) return []
    return (await this.call<{ turns: Turn[] }>('GET', 'history')).turns
  }

  ask(pending: Pending): Promise<Turn> {
    const known = underWay.get(pending.key)
    if (known) return known
    const asked = this.post(pending).finally(() => underWay.delete(pending.key))
    underWay.set(pending.key, asked)
    return asked
  }

  private async post({ key, text, option }: Pending): Promise<Turn> {
    const body = option ? { key, option } : { key, text }
    if (!this.memory.token) {
      this.memory.token = (await this.call<{ token: string }>('POST', 'session', {})).token
    }
    return this.call('POST', 'message', body)
  }

  rate(message: string, vote: Vote, word: string): Promise<unknown> {
    return this.call('POST', 'feedback', { message, vote, word })
  }

  async forget(): Promise<void> {
    if (this.memory.token) await this.call('DELETE', 'conversation')
    this.memory.token = ''
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = {}
    if (body) headers['Content-Type'] = 'application/json'
    if (this.memory.token) headers['Authorization'] = `Bearer ${this.memory.token}`
    // Not `AbortSignal.timeout`, which Safari has since 16 only.
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), SECONDS * 1000)
    const tried = async (): Promise<[Response, any]> => {
      const response = await fetch(`${this.server}/api/${path}`, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        credentials: 'omit',
        signal: abort.signal,
      })
      return [response, await response.json().catch(() => {
        if (abort.signal.aborted) throw new Refusal('slow')
        return null
      })]
    }
    const [response, answer] = await tried()
      .catch(() => {
        throw new Refusal(abort.signal.aborted ? 'slow' : navigator.onLine ? 'unreachable' : 'offline')
      })
      .finally(() => clearTimeout(timer))
    if (response.ok && answer) return answer as T
    const code = typeof answer?.error === 'string' ? answer.error : 'failed'
    if (code === 'no_session') this.memory.token = ''
    throw new Refusal(code, Number(answer?.retry_after ?? response.headers.get('Retry-After')) || 0)
  }
}
